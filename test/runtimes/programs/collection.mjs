// Runs on: Node, Bun, Deno
// Clients that the program drops are collected, with their connections.
import assert from 'node:assert/strict';
import { HTTPClient, Status, WorkerPool } from 'tickhttp';
import { SERVERS, until } from './loop.mjs';

const pool = new WorkerPool({ threads: 1 });
const COUNT = 20;

async function connectAndDrop() {
  const clients = Array.from({ length: COUNT }, () => new HTTPClient({ pool }));
  for (const http of clients) http.connectToHost('127.0.0.1', SERVERS.http);
  await until(() =>
    clients.every((http) => {
      http.poll();
      return http.getStatus() === Status.CONNECTED;
    }),
  );
}

await connectAndDrop();
assert.equal((await pool.stats()).connections, COUNT);
// Enough garbage makes any engine collect it.
await until(async () => {
  new Uint8Array(2_000_000).fill(1);
  return (await pool.stats()).connections < COUNT;
});
