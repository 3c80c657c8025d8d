import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { HTTPClient, WorkerPool } from 'tickhttp';
import { workers } from './workers-made.mjs';

// Where the system asks 127.0.0.1 for names, and has a minute to wait for the answer (slow-dns.sh): closes a
// pool, asks for its statistics and prints whether a thread still waits for DNS then. Ends as the parent
// wants: by a signal.
const dns = createSocket('udp4');
dns.bind(53, '127.0.0.1');
await once(dns, 'listening');
const asked = once(dns, 'message');

const pool = new WorkerPool({ threads: 1 });
const [worker] = workers;
let exited = false;
worker?.once('exit', () => {
  exited = true;
});
const clients = Array.from({ length: 5 }, (_, at) => {
  const http = new HTTPClient({ pool });
  http.connectToHost(`name-${at}.example`);
  return http;
});
await asked;
const { connections } = await pool.stats();
await pool.close();
const { threads } = await pool.stats();
const codes = clients.map((http) => {
  http.poll();
  return http.getLastError()?.code;
});
console.log(JSON.stringify({ connections, codes, threads, exited }));
