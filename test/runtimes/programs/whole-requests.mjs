// Runs on: Node, Bun, Deno
// Whole requests: with tick(), awaited and in blocking mode; redirects; packed bodies; a file, and the rest of one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode, HTTPClient, HTTPRequest, Method, Result, Status, tick } from 'tickhttp';
import { SERVERS } from './loop.mjs';

/** @param {Uint8Array} bytes */
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** @param {string} path */
const url = (path) => `http://127.0.0.1:${SERVERS.http}${path}`;

/**
 * @param {string} path
 * @param {Partial<HTTPRequest>} [settings]
 */
async function fetched(path, settings = {}) {
  const http = Object.assign(new HTTPRequest(), settings);
  assert.equal(http.request(url(path)), ErrorCode.OK);
  return http.completed();
}

// By signals, in a loop that never yields.
const polled = new HTTPRequest();
/** @type {unknown[]} */
const told = [];
polled.requestCompleted.connect((result, code, _headers, body) => told.push(result, code, hashOf(body)));
polled.request(url('/redirect'));
for (const end = performance.now() + 20_000; told.length === 0 && performance.now() < end; ) tick();
assert.deepEqual(told, [Result.SUCCESS, 200, SERVERS.hash]);

const blocking = new HTTPRequest();
blocking.blockingModeEnabled = true;
blocking.request(url('/hash'), [], Method.POST, 'x');
blocking.poll();
assert.equal((await blocking.completed()).text(), hashOf(new TextEncoder().encode('x')));

for (const coding of ['gzip', 'deflate', 'br']) {
  const { result, body, failure } = await fetched(`/packed/${coding}`);
  assert.deepEqual([result, failure, hashOf(body)], [Result.SUCCESS, null, SERVERS.hash]);
}

// Into the ring of a client.
const client = new HTTPClient({ decompress: true, bufferSize: 65_536, limits: { headSize: 4096 } });
client.blockingModeEnabled = true;
client.connectToHost('127.0.0.1', SERVERS.http);
while (client.getStatus() < Status.CONNECTED) client.poll();
client.request(Method.GET, '/packed/gzip', []);
while (client.getStatus() === Status.REQUESTING) client.poll();
const hash = createHash('sha256');
while (client.getStatus() === Status.BODY) {
  client.poll();
  hash.update(client.readResponseBodyChunk());
}
assert.equal(hash.digest('hex'), SERVERS.hash);
client.close();

const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
const downloadFile = join(folder, 'body');
assert.deepEqual((await fetched('/packed/br', { downloadFile })).ok, true);
assert.equal(hashOf(readFileSync(downloadFile)), SERVERS.hash);
rmSync(downloadFile);
const resuming = { downloadFile, keepPartialDownload: true, appendToDownloadFile: true };
assert.equal((await fetched('/part', resuming)).result, Result.CONNECTION_ERROR);
assert.deepEqual(readdirSync(folder).sort(), ['body.part', 'body.part.json']);
assert.equal((await fetched('/part', resuming)).responseCode, 206);
assert.deepEqual(readdirSync(folder), ['body']);
assert.equal(hashOf(readFileSync(downloadFile)), SERVERS.hash);
rmSync(folder, { recursive: true });
