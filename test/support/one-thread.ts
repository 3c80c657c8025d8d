import { WorkerPool } from 'tickhttp';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { test as base, type Step, type TestServer } from './servers.ts';

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Reads a request, and answers it. */
export const answering = (answer = OK): Step[] => [{ expectHead: true }, { send: answer }];

/** On one thread: no other has connections of its own. */
export const test = base.extend<{ pool: WorkerPool }>({
  pool: async ({ task: _task }, use) => {
    // Longer than a busy machine may take from one request to the next.
    await using pool = new WorkerPool({ threads: 1, keepAliveTimeout: 60_000 });
    await use(pool);
  },
});

/** What each connection was asked for, in order. */
export async function targets(server: TestServer): Promise<string[][]> {
  const records = await server.connections();
  return records.map(({ received }) => {
    const text = Buffer.from(received).toString('latin1');
    return [...text.matchAll(/^[A-Z]+ (\S+) HTTP\/1\.1\r\n/gm)].map(([, target = '']) => target);
  });
}

export async function untilConnections(pool: WorkerPool, count: number): Promise<void> {
  await eventually(async () => expect((await pool.stats()).connections).toBe(count));
}
