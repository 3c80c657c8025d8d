import { afterAll, describe } from 'vitest';
import { proxyCases } from '../cases/proxy-cases.ts';
import { proxyOf } from './support/asked.ts';
import { showLogs } from './support/logs.ts';
import type { Program } from './support/program.ts';
import { startSquid } from './support/squid.ts';

const programs: Program[] = [];
afterAll(() => Promise.all(programs.map((program) => program.end())));
showLogs(() => programs);

describe('squid', () =>
  proxyCases({
    keepsAlive: true,
    answersForDeadPorts: true,
    overTLS: true,
    async start(needs, servers) {
      const program = await startSquid(needs, await (await servers.authority()).issue());
      programs.push(program);
      return proxyOf(program);
    },
  }));
