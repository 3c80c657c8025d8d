// Runs on: Node, Bun, Deno
// A thread that ends in the middle of a request is told, polling and blocking, and another takes its place.
import assert from 'node:assert/strict';
import { WorkerPool } from 'tickhttp';
import { assertText, atOnce, get, inTicks, SERVERS } from './loop.mjs';

const pool = new WorkerPool({ threads: 1, workerUrl: SERVERS.dyingWorker });
const silent = { path: '/silence' };
assert.equal(atOnce(get({ pool, blocking: true }, silent)).failure?.code, 'WORKER_EXITED');
const [answer] = await inTicks(get({ pool }, silent));
assert.equal(answer?.failure?.code, 'WORKER_EXITED');
const [next] = await inTicks(get({ pool }));
assert(next);
assertText(next, 'hello');
