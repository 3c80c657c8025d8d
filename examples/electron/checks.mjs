/**
 * The smoke test. It needs nothing of Electron's, so it runs in the main process, in a utility process, and in Node:
 *
 *     npm install && node checks.mjs     (in the root first: npm ci && npm run build)
 */
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { ErrorCode, HTTPClient, Method, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { startServer } from './server.mjs';

const BYTES = 5_000_000;

/** Milliseconds. */
const PATIENCE = 10_000;

/**
 * @param {(line: string) => void} say
 * @returns {Promise<boolean>} whether all went well
 */
export async function runChecks(say) {
  const server = await startServer();
  const checks = {
    'polling: a download': () => polling(server.port),
    'blocking: a download without a turn of the event loop': () => blocking(server.port),
    'TLS: its options are taken, a plain server is refused': () => tls(server.port),
    'the threads end when they are told to': () => ending(),
  };
  let fine = true;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      say(`ok    ${name}`);
    } catch (error) {
      fine = false;
      say(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  server.close();
  return fine;
}

/** @param {number} port */
async function polling(port) {
  const http = new HTTPClient();
  const bytes = download(http, port);
  let step = bytes.next();
  while (!step.done) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    step = bytes.next();
  }
  assert.equal(step.value, BYTES, http.getLastError()?.message);
}

/** @param {number} port */
function blocking(port) {
  const http = new HTTPClient();
  http.blockingModeEnabled = true;
  const bytes = download(http, port);
  let step = bytes.next();
  while (!step.done) step = bytes.next();
  assert.equal(step.value, BYTES, http.getLastError()?.message);
}

/** @param {number} port */
async function tls(port) {
  const http = new HTTPClient();
  http.connectToHost('127.0.0.1', port, TLSOptions.client(null, '', { minVersion: 'TLSv1.2' }));
  const end = performance.now() + PATIENCE;
  while (http.getStatus() === Status.CONNECTING && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    http.poll();
  }
  assert.equal(http.getStatus(), Status.TLS_HANDSHAKE_ERROR, http.getLastError()?.message);
}

async function ending() {
  const pool = new WorkerPool({ threads: 2 });
  await pool.ready();
  await pool.close();
}

/**
 * Yields where a program goes on to its next tick; returns how many bytes came.
 *
 * @param {HTTPClient} http
 * @param {number} port
 */
function* download(http, port) {
  const end = performance.now() + PATIENCE;
  assert.equal(http.connectToHost('127.0.0.1', port), ErrorCode.OK, http.getLastError()?.message);
  let bytes = 0;
  let asked = false;
  for (; performance.now() < end; http.poll()) {
    const status = http.getStatus();
    if (status === Status.CONNECTED && !asked) {
      asked = true;
      http.request(Method.GET, `/?bytes=${BYTES}`, []);
    } else if (status === Status.BODY) bytes += http.readResponseBodyChunk().length;
    else if (![Status.RESOLVING, Status.CONNECTING, Status.REQUESTING].some((each) => each === status)) break;
    yield;
  }
  http.close();
  return bytes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = (await runChecks(console.log)) ? 0 : 1;
