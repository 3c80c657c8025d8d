/** Downloads through what else there is, all of it on the thread that wants the bytes unless it says otherwise. */
import * as plain from 'node:http';
import * as secure from 'node:https';
import { createConnection } from 'node:net';
import { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { Client } from 'undici';

/** @import { Downloader } from '../support/downloads.mjs' */

/** @type {Downloader} */
export function undiciStream(origin) {
  const client = new Client(origin);
  return async (path, body) => {
    const sink = new Writable({
      write(chunk, _encoding, done) {
        body.take(chunk);
        done();
      },
    });
    await client.stream({ method: 'GET', path }, () => sink);
  };
}

/** @type {Downloader} */
export function nodeFetch(origin) {
  return async (path, body) => {
    const response = await fetch(origin + path);
    for await (const chunk of response.body ?? []) body.take(chunk);
  };
}

/** @type {Downloader} */
export function nodeHttp(origin) {
  const { get, Agent } = origin.startsWith('https:') ? secure : plain;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (path, body) =>
    new Promise((resolve, reject) => {
      const request = get(origin + path, { agent }, (response) => {
        response.on('data', (chunk) => body.take(chunk));
        response.on('end', resolve);
        response.on('error', reject);
      });
      request.on('error', reject);
    });
}

/**
 * The limit: a socket that reads into one piece of memory again and again, and knows that nothing but a head of one
 * read's beginning, and then a body with a length, will come.
 * @type {Downloader}
 */
export function rawSocket(origin) {
  const { hostname, port } = new URL(origin);
  /** @type {(bytes: Buffer) => void} */
  let take = () => {};
  const onread = {
    buffer: Buffer.alloc(65_536),
    callback: (/** @type {number} */ count, /** @type {Uint8Array} */ memory) => {
      take(Buffer.from(memory.buffer, memory.byteOffset, count));
      return true;
    },
  };
  const socket = createConnection({ host: hostname, port: Number(port), onread });
  return (path, body) =>
    new Promise((resolve, reject) => {
      let left = -1;
      take = (bytes) => {
        const rest = left < 0 ? bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) : bytes;
        if (left < 0) left = Number(/Content-Length: (\d+)/.exec(bytes.toString('latin1', 0, 1024))?.[1]);
        body.take(rest);
        left -= rest.length;
        if (left === 0) resolve();
      };
      socket.once('error', reject);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    });
}

/**
 * What a program without tickhttp would do to keep the network off its thread: fetch in a worker, and its chunks as
 * messages whose memory is handed over. Nothing holds the worker back when this thread is slow.
 * @type {Downloader}
 */
export function fetchInWorker(origin) {
  const worker = new Worker(new URL('fetch-worker.mjs', import.meta.url));
  /** @type {(chunk: Uint8Array | null) => void} */
  let take = () => {};
  worker.on('message', (chunk) => take(chunk));
  return (path, body) =>
    new Promise((resolve, reject) => {
      take = (chunk) => (chunk ? body.take(chunk) : resolve());
      worker.once('error', reject);
      worker.postMessage(origin + path);
    });
}
