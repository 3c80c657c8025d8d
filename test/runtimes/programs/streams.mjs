// Runs on: Node, Bun, Deno
// Another protocol over the connection of a client, and HTTP over a stream of the program's own.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer } from 'tickhttp';
import { SERVERS, until } from './loop.mjs';

const http = new HTTPClient();
http.connection = StreamPeer.fromDuplex(connect(SERVERS.http, '127.0.0.1'));
http.request(Method.GET, '/echo', ['Connection: Upgrade', 'Upgrade: echo']);
await until(() => {
  http.poll();
  return http.getStatus() !== Status.REQUESTING;
});
assert.equal(http.getResponseCode(), 101, http.getLastError()?.message);

const peer = http.connection;
assert(peer);
const text = 'Hello, '.repeat(50_000);
let rest = new TextEncoder().encode(text);
let echo = '';
const decoder = new TextDecoder();
await until(() => {
  const [, sent] = peer.putPartialData(rest);
  rest = rest.subarray(sent);
  const [error, bytes] = peer.getPartialData(65_536);
  assert.equal(error, ErrorCode.OK);
  echo += decoder.decode(bytes, { stream: true });
  return echo.length >= text.length;
});
assert.equal(echo, text);
http.close();
