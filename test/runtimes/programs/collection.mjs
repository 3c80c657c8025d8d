// Runs on: Node, Bun, Deno
// Clients that the program drops are collected, with their connections.
import { HTTPClient, Status, WorkerPool } from 'tickhttp';
import { SERVERS, until } from './loop.mjs';

const pool = new WorkerPool({ threads: 1 });
const COUNT = 20;
const MOST = 400;

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

// Enough garbage makes any engine collect it. Bun's takes what looks like an address on the stack for one, so it may keep
// what was dropped last; not what was dropped before that.
let made = 0;
await until(async () => {
  if (made < MOST) {
    await connectAndDrop();
    made += COUNT;
  }
  for (let garbage = 0; garbage < 20; garbage++) new Uint8Array(2_000_000).fill(1);
  return (await pool.stats()).connections < made;
});
