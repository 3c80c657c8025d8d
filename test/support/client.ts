import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, TLSOptions } from 'tickhttp';
import type { Address } from './servers.ts';

/** Less than the time limits that a client has by default: a test does not wait for those. */
const DEADLINE = 20_000;

/** A name that no resolver is asked for: its label is longer than DNS can carry. */
export const UNKNOWN_NAME = `${'x'.repeat(64)}.invalid`;

/** Polls once a turn of the event loop, as a game does once a frame, until `done`. */
export async function pollUntil(
  http: HTTPClient,
  what: string,
  done: () => boolean,
  ms = DEADLINE,
): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    http.poll();
    if (done()) return;
    if (performance.now() > end) {
      const error = JSON.stringify(http.getLastError());
      throw new Error(`not within ${ms} ms: ${what}; status ${http.getStatus()}, last error ${error}`);
    }
    await turn();
  }
}

/** One turn of this thread's event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Polls until the status is none of those that pass by themselves, and returns it. */
export async function settled(http: HTTPClient): Promise<Status> {
  const passing: Status[] = [Status.RESOLVING, Status.CONNECTING, Status.REQUESTING];
  await pollUntil(http, 'a status that lasts', () => !passing.includes(http.getStatus()));
  return http.getStatus();
}

/** A client that is CONNECTED to `server`. Trusts `ca` if the server speaks TLS. */
export async function connect(
  server: Address,
  options: HTTPClientOptions & { ca?: string } = {},
): Promise<HTTPClient> {
  const { ca, ...rest } = options;
  const http = new HTTPClient(rest);
  const error = http.connectToHost(server.host, server.port, ca === undefined ? null : TLSOptions.client(ca));
  if (error !== ErrorCode.OK)
    throw new Error(`connectToHost returned ${error}: ${http.getLastError()?.message}`);
  if ((await settled(http)) !== Status.CONNECTED)
    throw new Error(`no connection: ${http.getLastError()?.message}`);
  return http;
}

export interface Answer {
  readonly code: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** The status after the last read. */
  readonly status: Status;
}

/** Sends a request and reads its answer to the end, however it ends. */
export async function exchange(
  http: HTTPClient,
  method: Method,
  url: string,
  headers: readonly string[] = [],
  body?: string | Uint8Array,
): Promise<Answer> {
  const error =
    body instanceof Uint8Array
      ? http.requestRaw(method, url, headers, body)
      : http.request(method, url, headers, body);
  if (error !== ErrorCode.OK) throw new Error(`request returned ${error}: ${http.getLastError()?.message}`);
  await settled(http);
  return {
    body: await readBody(http),
    code: http.getResponseCode(),
    headers: http.getResponseHeaders(),
    status: http.getStatus(),
  };
}

export function get(http: HTTPClient, url: string, headers: readonly string[] = []): Promise<Answer> {
  return exchange(http, Method.GET, url, headers);
}

/** What a server with routes made of a request. */
export interface Inspection {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly bodyLength: number;
  /** The version of TLS, null without. */
  readonly protocol: string | null;
}

export async function inspect(
  http: HTTPClient,
  method: Method,
  headers: readonly string[] = [],
  body?: string | Uint8Array,
): Promise<Inspection> {
  return JSON.parse(text((await exchange(http, method, '/inspect', headers, body)).body));
}

/** Reads until the status leaves BODY. */
export async function readBody(http: HTTPClient): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await pollUntil(http, 'the end of the body', () => {
    for (;;) {
      const chunk = http.readResponseBodyChunk();
      if (chunk.length === 0) return http.getStatus() !== Status.BODY;
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks);
}

/** Text of bytes, for comparing. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
