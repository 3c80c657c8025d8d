// Runs on: Node, Bun, Deno
// Threads of the program's own: waited for, asked, and ended under a request.
import assert from 'node:assert/strict';
import { ErrorCode, HTTPClient, WorkerPool } from 'tickhttp';
import { get, inTicks, SERVERS } from './loop.mjs';

const pool = new WorkerPool({ threads: 2 });
await pool.ready();
assert.equal((await pool.stats()).threads.length, 2);
const task = get({ pool }, { path: '/silence' });
for (let step = 0; step < 100; step++) {
  task.next();
  await new Promise((done) => setTimeout(done, 1));
}
await pool.close();
const [answer] = await inTicks(task);
assert.equal(answer?.failure?.code, 'POOL_CLOSED');
assert.equal(new HTTPClient({ pool }).connectToHost('127.0.0.1', SERVERS.http), ErrorCode.ERR_UNAVAILABLE);
