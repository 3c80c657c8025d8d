import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPRequest } from 'tickhttp';
import { DOWNLOAD, WARM_DOWNLOADS, WARM_UP } from '../support/amounts.mjs';
import { ExactCheck, MIB, verify } from '../support/body.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Stores a path of an origin in a file.
 * @callback Storing
 * @param {string} path
 * @param {string} file
 * @returns {Promise<unknown>}
 */

/** Milliseconds between two looks at the memory. */
const LOOKING = 50;

/** @type {Bench} */
export const bench = {
  title: `${DOWNLOAD / MIB} MiB into a file`,
  warmUp: `${WARM_DOWNLOADS} such downloads`,
  metrics: [
    { name: 'speed', label: 'MB/s', better: 'more' },
    { name: 'cpu', label: 'main-thread CPU, ms/GB', better: 'less' },
    { name: 'growth', label: 'growth of memory, MiB', better: 'less' },
  ],
  reference: 'HTTPRequest',
  peers: {
    HTTPRequest: measured(tickhttp),
    'HTTPRequest, chunks of 1 MiB': measured((origin) => tickhttp(origin, MIB)),
    'undici stream': measured(undiciStream),
    'fetch, write()': measured(nodeFetch),
  },
};

/**
 * @param {(origin: string) => Storing | Promise<Storing>} makeStoring
 * @returns {Peer}
 */
function measured(makeStoring) {
  return async ({ fixed }) => {
    const store = await makeStoring(fixed.http);
    const folder = mkdtempSync(join(tmpdir(), 'tickhttp-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'download');
    await store(`/bytes/${WARM_UP}`, file);
    await compare(file, WARM_UP);
    rmSync(file);
    for (let count = 0; count < WARM_DOWNLOADS; count++) {
      await store(`/bytes/${DOWNLOAD}`, file);
      rmSync(file);
    }
    return async () => {
      let most = process.memoryUsage.rss();
      const before = most;
      const look = () => {
        most = Math.max(most, process.memoryUsage.rss());
      };
      const timer = setInterval(look, LOOKING);
      const { wall, cpu } = await measure(() => store(`/bytes/${DOWNLOAD}`, file));
      clearInterval(timer);
      look();
      const { size } = statSync(file);
      rmSync(file);
      if (size !== DOWNLOAD) throw new Error(`${size} bytes were stored, not ${DOWNLOAD}`);
      return { speed: DOWNLOAD / 1e3 / wall, cpu: cpu / (DOWNLOAD / 1e9), growth: (most - before) / MIB };
    };
  };
}

/**
 * @param {string} file
 * @param {number} size
 */
async function compare(file, size) {
  const check = new ExactCheck();
  const handle = await open(file);
  for await (const chunk of handle.createReadStream()) check.take(chunk);
  verify(check, size);
}

/**
 * @param {string} origin
 * @param {number} [chunkSize]
 * @returns {Storing}
 */
function tickhttp(origin, chunkSize) {
  return async (path, file) => {
    const http = new HTTPRequest();
    http.downloadFile = file;
    if (chunkSize !== undefined) http.downloadChunkSize = chunkSize;
    http.request(origin + path);
    const { ok, failure } = await http.completed();
    if (!ok) throw new Error(failure?.message ?? 'no file was sent');
  };
}

/**
 * @param {string} origin
 * @returns {Promise<Storing>}
 */
async function undiciStream(origin) {
  const { Client } = await import('undici');
  const client = new Client(origin);
  return (path, file) => client.stream({ method: 'GET', path }, () => createWriteStream(file));
}

/**
 * @param {string} origin
 * @returns {Storing}
 */
function nodeFetch(origin) {
  return async (path, file) => {
    const { body } = await fetch(origin + path);
    const handle = await open(file, 'w');
    for await (const chunk of body ?? []) await handle.write(chunk);
    await handle.close();
  };
}
