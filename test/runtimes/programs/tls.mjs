// Runs on: Node, Bun, Deno
// TLS by name, polling and blocking; a server that nobody vouches for is refused.
import assert from 'node:assert/strict';
import { TLSOptions } from 'tickhttp';
import { assertWhole, atOnce, get, inTicks, SERVERS } from './loop.mjs';

const server = { host: 'localhost', port: SERVERS.https, path: '/chunked' };
const trusting = { ...server, tls: TLSOptions.client(SERVERS.authority) };
assertWhole(atOnce(get({ blocking: true }, trusting)));
const [trusted, refused] = await inTicks(get({}, trusting), get({}, { ...server, tls: TLSOptions.client() }));
assert(trusted && refused);
assertWhole(trusted);
assert.equal(refused.failure?.phase, 'tls');

// No runtime has such a cipher: that must not be ignored.
const [choosy] = await inTicks(
  get({}, { ...server, tls: TLSOptions.client(SERVERS.authority, '', { ciphers: 'NO-SUCH' }) }),
);
assert.equal(choosy?.failure?.phase, 'tls');
