// Runs on: Node, Bun, Deno
// An HTTP proxy and a SOCKS5 proxy, with TLS inside and without.
import { TLSOptions } from 'tickhttp';
import { assertWhole, get, inTicks, SERVERS } from './loop.mjs';

const plain = { host: 'localhost', path: '/body' };
const secure = { ...plain, port: SERVERS.https, tls: TLSOptions.client(SERVERS.authority) };
for (const [host, port] of [
  ['127.0.0.1', SERVERS.proxy],
  ['socks5://127.0.0.1', SERVERS.socks],
]) {
  const setUp = (/** @type {import('tickhttp').HTTPClient} */ http) => {
    http.setHttpProxy(host, port);
    http.setHttpsProxy(host, port);
  };
  for (const answer of await inTicks(get({ setUp }, plain), get({ setUp }, secure))) assertWhole(answer);
}
