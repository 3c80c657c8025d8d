import type { ErrorCode, Failure, Status } from 'tickhttp';
import { expect } from 'vitest';
import { PATIENCE } from './patience.ts';
import { type RunOptions, runScript } from './run-script.ts';

/** What `test/programs/scripts/get.mjs` prints. */
export interface Got {
  connect: ErrorCode;
  status: Status;
  failure: Failure | null;
  code: number;
  threads: number;
  /** Milliseconds from the import on. */
  ms: number;
}

export const MODES = ['polling', 'blocking'] as const;
export type Mode = (typeof MODES)[number];

export interface GetOptions extends RunOptions {
  script?: string | URL;
  tls?: boolean;
}

/** One GET of /bytes/5 in a program of its own, which must end by itself. */
export async function getInProgram(port: number, mode: Mode, options: GetOptions = {}): Promise<Got> {
  const { script = GET, tls = false, env = {}, ...others } = options;
  const variables = { MODE: mode, PORT: String(port), TLS: tls ? '1' : '', ...env };
  const { code, stdout, stderr } = await runScript(script, {
    ...others,
    env: variables,
    deadline: 2 * PATIENCE,
  });
  if (code !== 0 || stdout === '') throw new Error(`ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"connect"')));
}

/** The same, of a program that is to be told soon what is wrong: a busy machine may be late once, but not each time. */
export async function toldInProgram(port: number, mode: Mode, options: GetOptions = {}): Promise<Got> {
  let got = await getInProgram(port, mode, options);
  for (let again = 0; again < 2 && got.ms >= 2000; again++) got = await getInProgram(port, mode, options);
  expect(got.ms).toBeLessThan(2000);
  return got;
}

export const GET = new URL('../programs/scripts/get.mjs', import.meta.url);
