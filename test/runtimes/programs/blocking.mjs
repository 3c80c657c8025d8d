// Runs on: Node, Bun, Deno
// In blocking mode, from the first line of a program, without one turn of the event loop.
import { assertWhole, atOnce, get } from './loop.mjs';

for (const path of ['/body', '/chunked']) assertWhole(atOnce(get({ blocking: true }, { path })));
const buffer = new Uint8Array(30_000);
const read = {
  read: (/** @type {import('tickhttp').HTTPClient} */ http) =>
    buffer.subarray(0, http.readResponseBodyInto(buffer)),
};
assertWhole(atOnce(get({ blocking: true, bufferSize: 65_536 }, { path: '/body', ...read })));
