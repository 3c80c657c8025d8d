// Runs on: Node, Bun, Deno
// TLS by name, polling and blocking; a server that nobody vouches for is refused, and one that has expired.
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

// Deno has the same code for most of what can be wrong with a certificate: the advice must fit this, too.
const [expired] = await inTicks(get({}, { ...trusting, port: SERVERS.expired }));
assert.equal(expired?.failure?.phase, 'tls');
assert.match(expired.failure.message, /the certificate has expired/);

// No runtime has such a cipher: that must not be ignored.
const [choosy] = await inTicks(
  get({}, { ...server, tls: TLSOptions.client(SERVERS.authority, '', { ciphers: 'NO-SUCH' }) }),
);
assert.equal(choosy?.failure?.phase, 'tls');
