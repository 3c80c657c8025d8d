/**
 * HTTP through a proxy's tunnel, by hand: one client asks the proxy for the tunnel and gives its connection away, the other
 * speaks to the server inside. (`setHttpsProxy()` does the same by itself, and TLS too.)
 *
 *     node examples/tunnel.mjs [proxy's host] [proxy's port] [host] [port] [path]
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';

const [proxyHost = '127.0.0.1', proxyPort = '3128', host = 'example.com', port = '80', path = '/'] =
  process.argv.slice(2);

const nextFrame = () => sleep(1000 / 60);

/**
 * What a call returns that can refuse.
 * @param {HTTPClient} http
 * @param {ErrorCode} error
 */
const check = (http, error) => assert.equal(error, ErrorCode.OK, http.getLastError()?.message);

/**
 * Polls once a frame while the status is one of these.
 * @param {HTTPClient} http
 * @param {...Status} passing
 */
async function pollWhile(http, ...passing) {
  for (http.poll(); passing.includes(http.getStatus()); http.poll()) await nextFrame();
}

const outside = new HTTPClient();
check(outside, outside.connectToHost(proxyHost, Number(proxyPort)));
await pollWhile(outside, Status.RESOLVING, Status.CONNECTING);
assert.equal(outside.getStatus(), Status.CONNECTED, outside.getLastError()?.message);

const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
check(outside, outside.request(Method.CONNECT, target, []));
await pollWhile(outside, Status.REQUESTING);
const code = outside.getResponseCode();
assert(code >= 200 && code < 300, outside.getLastError()?.message ?? `the proxy answered ${code}`);
console.log(`tunnel to ${target}: ${code}`);

// The connection moves to the other client with all that has come through it; `outside` is free for something else.
const inside = new HTTPClient();
inside.connection = outside.connection;
assert.equal(inside.getStatus(), Status.CONNECTED, inside.getLastError()?.message);

check(inside, inside.request(Method.GET, path, []));
await pollWhile(inside, Status.REQUESTING);
assert(inside.hasResponse(), inside.getLastError()?.message);
console.log(`GET ${path}: ${inside.getResponseCode()}`);

/** @type {Uint8Array[]} */
const chunks = [];
while (inside.getStatus() === Status.BODY) {
  const chunk = inside.readResponseBodyChunk();
  if (chunk.length > 0) chunks.push(chunk);
  else {
    await nextFrame();
    inside.poll();
  }
}
assert.notEqual(inside.getStatus(), Status.CONNECTION_ERROR, inside.getLastError()?.message);
console.log(Buffer.concat(chunks).toString());
