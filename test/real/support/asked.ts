import { expect, vi } from 'vitest';
import type { RunningProxy } from '../../cases/proxy-cases.ts';
import type { Program } from './program.ts';

/** A proxy that writes each request into its log, some when it is answered, some before. */
export function proxyOf(program: Program): RunningProxy {
  const [port = 0] = program.ports;
  return {
    host: '127.0.0.1',
    port,
    asked: (request) => vi.waitFor(() => expect(program.log()).toContain(`${request} `), { timeout: 30_000 }),
  };
}
