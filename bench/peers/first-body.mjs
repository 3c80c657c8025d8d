/**
 * Loads a client, brings a body with it, and says how many milliseconds that took. The process must be a new one, with
 * nothing of the harness in it:
 *
 *     node first-body.mjs <client> <url>
 */
import { threadTimes } from '../../examples/demo/thread-times.mjs';

/** @typedef {(url: URL) => Uint8Array | Promise<Uint8Array>} Get */

/** @type {Readonly<Record<string, () => Promise<Get>>>} */
const CLIENTS = {
  async tickhttp() {
    const { connect, startGet } = await import('./tick.mjs');
    return ({ origin, pathname }) => {
      const http = connect(origin);
      startGet(http, pathname);
      http.poll();
      return http.readResponseBodyChunk();
    };
  },
  async undici() {
    const { Client } = await import('undici');
    return async ({ origin, pathname }) => {
      const { body } = await new Client(origin).request({ method: 'GET', path: pathname });
      return body.bytes();
    };
  },
  async fetch() {
    return async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  },
  async 'node:http'() {
    const { get } = await import('node:http');
    return (url) =>
      new Promise((resolve, reject) => {
        get(url, (response) => response.on('data', resolve)).on('error', reject);
      });
  },
  async 'plain socket'() {
    const { socketGet } = await import('./plain-socket.mjs');
    return async (url) => (await socketGet(url)).body;
  },
};

const [client = '', url = ''] = process.argv.slice(2);
const load = CLIENTS[client];
if (!load) throw new Error(`there is no client "${client}"`);

const { cpu } = threadTimes();
const start = performance.now();
const get = await load();
const loaded = performance.now();
const pending = get(new URL(url));
const { length } = pending instanceof Promise ? await pending : pending;
const end = performance.now();
const sample = { time: end - start, import: loaded - start, cpu: threadTimes().cpu - cpu };
console.log(JSON.stringify({ length, sample }));
process.exit();
