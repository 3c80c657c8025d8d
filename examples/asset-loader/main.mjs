/**
 * Downloads the assets of a game while its loop runs at 60 Hz: 2000 files over 6 connections. Ctrl-C stops it; the same
 * command goes on where it was, also in the middle of a file.
 *
 *     node examples/asset-loader/main.mjs [folder] [URL of a manifest]
 *
 * The manifest is JSON, `[{ "name": "level-1/rock.bin", "size": 12345 }, ...]`; names are relative to its URL, sizes are
 * bytes. Without a URL it starts a server of its own (server.mjs).
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ErrorCode, HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { ProgressLine } from './progress-line.mjs';

const PERIOD = 1000 / 60;
const CONNECTIONS = 6;

/** More than there are connections: the others wait on the worker, so that no connection idles until the next frame. */
const REQUESTS = 8 * CONNECTIONS;

const [target = fileURLToPath(new URL('assets', import.meta.url)), url] = process.argv.slice(2);
if (target.startsWith('-') || (url !== undefined && !URL.canParse(url)))
  fail('usage: node examples/asset-loader/main.mjs [folder] [URL of a manifest]');
const folder = resolve(target);
const server = url === undefined ? fork(new URL('server.mjs', import.meta.url)) : null;
const manifestUrl = server ? String((await once(server, 'message'))[0]) : new URL(url ?? '').href;

const options = {
  pool: new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS }),
  timeouts: { headers: 30_000, body: 30_000 }, // a server that has died is noticed
};

/** @returns {Promise<{ name: string, size: number }[]>} */
async function fetchManifest() {
  const http = new HTTPRequest(options);
  http.request(manifestUrl);
  const answer = await http.completed();
  if (!answer.ok)
    fail(answer.failure?.message ?? `${manifestUrl}: the server answered ${answer.responseCode}`);
  return JSON.parse(answer.text());
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Names come from the server: none may lead out of the folder. @param {string} name */
function pathOf(name) {
  const path = resolve(folder, name);
  assert(path.startsWith(folder + sep), `the manifest names a file that is not in the folder: ${name}`);
  return path;
}

/** Until it is complete a file is called `.part`, so its size tells enough. @param {{ path: string, size: number }} file */
const isThere = ({ path, size }) => statSync(path, { throwIfNoEntry: false })?.size === size;

const base = new URL('.', manifestUrl).href;
const files = (await fetchManifest()).map(({ name, size }) => {
  return { path: pathOf(name), size, url: base + name.split('/').map(encodeURIComponent).join('/') };
});
const missing = files.filter((file) => !isThere(file));
for (const parent of new Set(missing.map(({ path }) => dirname(path))))
  mkdirSync(parent, { recursive: true });

let done = files.length - missing.length;
let bytes = 0; // of requests that are complete
const failures = /** @type {string[]} */ ([]);
console.log(`${done} of ${files.length} files are in ${folder}`);

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

/** Gives `http` the next file that is missing. @param {HTTPRequest} http */
function startNext(http) {
  for (let file = missing.shift(); file && !stopped; file = missing.shift()) {
    http.downloadFile = file.path;
    if (http.request(file.url) === ErrorCode.OK) return;
    failures.push(`${file.path}: ${http.getLastError()?.message}`);
  }
}

const requests = Array.from({ length: REQUESTS }, () => {
  const http = new HTTPRequest(options);
  http.keepPartialDownload = true; // what has come of a file stays when it is cancelled, or fails
  http.appendToDownloadFile = true; // and a later request asks only for the rest
  http.requestCompleted.connect(async () => {
    // `ok` is a 2xx, or the 416 of a server that was asked for the rest where nothing was missing.
    const { ok, failure, responseCode } = await http.completed();
    bytes += http.getDownloadedBytes();
    if (ok) done += 1;
    else failures.push(`${http.downloadFile}: ${failure?.message ?? `the server answered ${responseCode}`}`);
    startNext(http);
  });
  startNext(http);
  return http;
});

const line = new ProgressLine();
const lateness = /** @type {number[]} */ ([]); // milliseconds, of each frame
const start = performance.now();
const received = () =>
  requests.reduce((sum, http) => sum + (http.isBusy() ? http.getDownloadedBytes() : 0), bytes);

// The loop of the game. Timers are a little late, so it sleeps until shortly before a frame is due, and spins the rest.
// A frame that is late stands for all that were due before it: each counts with its own lateness.
for (let due = start; !stopped && done + failures.length < files.length; ) {
  await sleep(Math.max(0, due - performance.now() - 2));
  while (performance.now() < due) await turn();
  for (const now = performance.now(); due <= now; due += PERIOD) lateness.push(now - due);
  tick();
  line.show(done, files.length, received(), (performance.now() - start) / 1000);
  // Here a game moves and draws its things.
}

const [total, seconds] = [received(), (performance.now() - start) / 1000];
for (const http of requests) http.cancelRequest();
await options.pool.close();
server?.disconnect();

if (lateness.length > 0) {
  const p99 = lateness.sort((a, b) => a - b)[Math.ceil(lateness.length * 0.99) - 1] ?? 0;
  line.end(done, files.length, total, seconds);
  console.log(
    `${lateness.length} frames in ${seconds.toFixed(1)} s, 99 % of them at most ${p99.toFixed(1)} ms late`,
  );
}
for (const failure of failures.slice(0, 10)) console.error(failure);
if (stopped) console.log('Stopped. The same command goes on from here.');
else if (failures.length > 0)
  console.error(`${failures.length} files are missing. The same command tries again.`);
process.exitCode = stopped ? 130 : failures.length > 0 ? 1 : 0;
