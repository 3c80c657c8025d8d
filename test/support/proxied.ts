import { ErrorCode, type Failure, HTTPClient, type HTTPClientOptions, type Status } from 'tickhttp';
import { expect } from 'vitest';
import { turn } from './client.ts';
import { runScript } from './run-script.ts';
import type { Address, ConnectionRecord, TestServer } from './servers.ts';

/** In front of a proxy's host: a scheme, a user and password, `user:password@`. */
export interface Way {
  scheme?: 'http' | 'https' | 'socks' | 'socks5' | 'socks5h';
  login?: string;
}

/** A client that goes through `proxy`, wherever it goes. */
export function proxied(
  { host, port }: Address,
  { scheme = 'http', login = '' }: Way = {},
  options: HTTPClientOptions = {},
): HTTPClient {
  const http = new HTTPClient(options);
  const address = host.includes(':') ? `[${host}]` : host;
  http.setHttpProxy(`${scheme}://${login}${address}`, port);
  http.setHttpsProxy(`${scheme}://${login}${address}`, port);
  expect(http.getLastError()).toBeNull();
  return http;
}

export interface Failed extends Failure {
  readonly status: Status;
  /** What the poll that found it returned. */
  readonly error: ErrorCode;
}

/** Polls until something has failed, and tells how. */
export async function failed(http: HTTPClient): Promise<Failed> {
  const end = performance.now() + 20_000;
  for (;;) {
    const error = http.poll();
    const failure = http.getLastError();
    const status = http.getStatus();
    if (failure && error !== ErrorCode.OK) return { ...failure, status, error };
    if (performance.now() > end) throw new Error(`no failure; status ${status}, poll() returned ${error}`);
    await turn();
  }
}

/** Resolves when the client has left: a script that holds on keeps its own half of the connection. */
export function left(server: TestServer, index = 0): Promise<ConnectionRecord> {
  const ends = ['ended', 'reset', 'closed'];
  return server.waitFor('its end', ({ events }) => events.some((event) => ends.includes(event)), index);
}

/** Where the client of a script goes: what it calls, and with what. */
export interface Journey {
  options?: HTTPClientOptions;
  proxy?: [host: string, port: number];
  target: [host: string, port: number];
  /** The root to trust, of a target with TLS. */
  ca?: string;
}

/** Connects in a process of its own, where all names have these addresses; tells where that led, and what was looked up. */
export async function travel(
  journey: Journey,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<{ status: Status; code: string | null; lookups: string[] }> {
  const { stdout, stderr } = await runScript(new URL('journey.mjs', SCRIPTS), {
    args: [JSON.stringify(journey)],
    workerPreload: new URL('names.mjs', SCRIPTS).href,
    env: { ADDRESSES: addresses.join(' ') },
  });
  if (stdout === '') throw new Error(stderr);
  return { ...JSON.parse(stdout), lookups: [...stderr.matchAll(/(?<=^lookup ).*$/gm)].flat() };
}

/** What a client is used for before it connects once more. */
export interface Move {
  options?: HTTPClientOptions;
  proxy?: [host: string, port: number];
  /** The root to trust, of the target and the proxy. */
  ca?: string;
  target: [host: string, port: number];
  /**
   * `give up`: it is closed when it is CONNECTING. `replace`: it connects once more when it is CONNECTING. `other`: a
   * client with another lifetime follows. `heir`: the connection is given to another client, which loses it.
   */
  use: 'nothing' | 'give up' | 'replace' | 'other' | 'get' | 'close' | 'idle' | 'heir';
}

/**
 * Does so in a process of its own, where names are at ::1 at the first look-up, and at 127.0.0.1 later. Tells status
 * and code of the first connection when it was used, and those of the second.
 */
export async function move(journey: Move): Promise<{ told: string[]; lookups: string[] }> {
  const { stdout, stderr } = await runScript(new URL('moving.mjs', SCRIPTS), {
    args: [JSON.stringify(journey)],
    workerPreload: new URL('names.mjs', SCRIPTS).href,
    env: { ADDRESSES: '::1;127.0.0.1' },
  });
  if (stdout === '') throw new Error(stderr);
  return { told: stdout.trim().split('\n'), lookups: [...stderr.matchAll(/(?<=^lookup ).*$/gm)].flat() };
}

const SCRIPTS = new URL('scripts/', import.meta.url);
