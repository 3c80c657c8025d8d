// Runs on: Node, Bun, Deno
// A server that never answers.
import assert from 'node:assert/strict';
import { HTTPClient, Method, Status } from 'tickhttp';
import { atOnce, get, inTicks, SERVERS } from './loop.mjs';

const timeouts = { headers: 100 };
const silent = { path: '/silence' };
assert.equal(atOnce(get({ blocking: true, timeouts }, silent)).failure?.code, 'HEADERS_TIMEOUT');
const [answer] = await inTicks(get({ timeouts }, silent));
assert.equal(answer?.failure?.code, 'HEADERS_TIMEOUT');

const http = new HTTPClient({ timeouts: { blocking: 100 } });
http.blockingModeEnabled = true;
http.connectToHost('127.0.0.1', SERVERS.http);
while (http.getStatus() !== Status.CONNECTED) http.poll();
http.request(Method.GET, '/silence', []);
const start = performance.now();
http.poll();
assert.equal(http.getStatus(), Status.REQUESTING);
assert(performance.now() - start > 90);
