import { WorkerPool } from 'tickhttp';
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Step, test } from '../../support/servers.ts';
import { start } from '../../support/whole.ts';

const ANSWER: Step[] = [{ expectHead: true }, { send: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }];

test('pool.stats() tells how many are idle, busy and waiting, by origin', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 2, connectionsPerOrigin: 2 });
  const server = await servers.raw([...ANSWER, { hold: true }]);
  const slow = await servers.raw([{ expectHead: true }, { hold: true }]);
  const other = await servers.http();
  const [origin, another] = [server.url(''), other.url('')];
  const at = (url: string, family: 0 | 4 = 0) => start(url, { options: { pool, family } });
  expect((await pool.stats()).origins).toEqual({});
  const two = [at(server.url('/a')), at(server.url('/b'), 4), at(other.url('/bytes/1'))];
  await Promise.all(two.map((http) => http.completed()));
  const idle = { idle: 1, busy: 0, waiting: 0 };
  const { origins, threads } = await pool.stats();
  expect(origins).toEqual({ [origin]: { ...idle, idle: 2 }, [another]: idle });
  expect(threads.map((thread) => thread.origins[origin])).toEqual([idle, idle]);
  const five = ['/1', '/2', '/3', '/4', '/5'].map((path) => at(slow.url(path)));
  await eventually(async () => {
    expect((await pool.stats()).origins[slow.url('')]).toEqual({ idle: 0, busy: 2, waiting: 3 });
  });
  for (const http of five) http.cancelRequest();
  await eventually(async () => expect((await pool.stats()).connections).toBe(3));
  expect((await pool.stats()).origins).toEqual(origins);
  await pool.close();
  expect((await pool.stats()).origins).toEqual({});
});
