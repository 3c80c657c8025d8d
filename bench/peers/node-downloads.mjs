/** Downloads on the thread that wants the bytes. */
import * as plain from 'node:http';
import * as secure from 'node:https';
import { Writable } from 'node:stream';

/** @import { Downloader } from '../support/downloads.mjs' */

/**
 * Loads undici by itself: it takes 100 ms, and most peers do without.
 * @type {Downloader}
 */
export async function undiciStream(origin) {
  const { Client } = await import('undici');
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
