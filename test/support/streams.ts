import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, type StreamPeer } from 'tickhttp';
import { connect, get, pollUntil, settled } from './client.ts';
import type { Address, Script } from './servers.ts';

/** The client's connection, which it must have. */
export function connectionOf(http: HTTPClient): StreamPeer {
  const peer = http.connection;
  if (peer === null) throw new Error(`no connection; status ${http.getStatus()}`);
  return peer;
}

/** What the server answers to a request for another protocol, and whatever comes behind that. */
export function switching(...then: Script): Script {
  const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n';
  const [first, ...rest] = then;
  // The first bytes of the stream travel with the head.
  if (first && 'send' in first) {
    return [
      { expectHead: true },
      { send: Buffer.concat([Buffer.from(head), Buffer.from(first.send)]) },
      ...rest,
    ];
  }
  return [{ expectHead: true }, { send: head }, ...then];
}

export const UPGRADE = ['Connection: Upgrade', 'Upgrade: test'];

/** A client whose server has switched protocols. */
export async function upgrade(
  server: Address,
  options: HTTPClientOptions & { ca?: string } = {},
): Promise<HTTPClient> {
  const http = await connect(server, options);
  const { code, status } = await get(http, '/chat', UPGRADE);
  if (code !== 101 || status !== Status.CONNECTED) throw new Error(`answered ${code}, status ${status}`);
  return http;
}

/** A client in a tunnel that a proxy of `connect(proxy)` has opened. */
export async function tunnel(proxy: Address, target: Address): Promise<HTTPClient> {
  const http = await connect(proxy);
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  http.request(Method.CONNECT, `${host}:${target.port}`, []);
  if ((await settled(http)) !== Status.CONNECTED) throw new Error(`no tunnel: ${http.getResponseCode()}`);
  return http;
}

/** The client that `http` has given its connection to. */
export function heirOf(http: HTTPClient, options: HTTPClientOptions = {}): HTTPClient {
  const heir = new HTTPClient(options);
  heir.connection = connectionOf(http);
  return heir;
}

/** The next `count` bytes, read piece by piece. */
export async function receive(http: HTTPClient, count: number, piece = 65_536): Promise<Uint8Array> {
  const all = Buffer.alloc(count);
  let at = 0;
  await pollUntil(http, `${count} bytes`, () => {
    for (;;) {
      const [error, data] = connectionOf(http).getPartialData(Math.min(piece, count - at));
      if (error !== ErrorCode.OK) throw new Error(`error ${error} after ${at} bytes`);
      all.set(data, at);
      at += data.length;
      if (at === count || data.length === 0) return at === count;
    }
  });
  return all;
}

/** All that is left to read, and how it ended. */
export async function receiveRest(http: HTTPClient): Promise<{ bytes: Uint8Array; error: ErrorCode }> {
  const chunks: Uint8Array[] = [];
  const peer = connectionOf(http);
  let error: ErrorCode = ErrorCode.OK;
  await pollUntil(http, 'the end of the stream', () => {
    let data: Uint8Array;
    do {
      [error, data] = peer.getPartialData(65_536);
      chunks.push(data);
    } while (data.length > 0);
    return error !== ErrorCode.OK;
  });
  return { bytes: Buffer.concat(chunks), error };
}

/** Writes all of `bytes`, as fast as they are taken. */
export async function send(http: HTTPClient, bytes: Uint8Array): Promise<void> {
  let at = 0;
  await pollUntil(http, 'everything to be taken', () => {
    const [error, sent] = connectionOf(http).putPartialData(bytes.subarray(at));
    if (error !== ErrorCode.OK) throw new Error(`error ${error} after ${at} bytes`);
    at += sent;
    return at === bytes.length;
  });
}
