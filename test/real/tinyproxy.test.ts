import { afterAll, describe } from 'vitest';
import { proxyCases } from '../cases/proxy-cases.ts';
import { proxyOf } from './support/asked.ts';
import { showLogs } from './support/logs.ts';
import type { Program } from './support/program.ts';
import { startTinyproxy } from './support/tinyproxy.ts';

const programs: Program[] = [];
afterAll(() => Promise.all(programs.map((program) => program.end())));
showLogs(() => programs);

describe('tinyproxy', () =>
  proxyCases({
    credentials: { username: 'gamer', password: 'pass.word-1' },
    toWrongCredentials: 401,
    keepsAlive: false,
    answersForDeadPorts: true,
    overTLS: false,
    async start(needs) {
      const program = await startTinyproxy(needs);
      programs.push(program);
      return proxyOf(program);
    },
  }));
