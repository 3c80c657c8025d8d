/** What must hold with any HTTP server: `npm test` runs it with the fixture's, `npm run test:real` with nginx. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { type HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { describe, expect, test } from 'vitest';
import { type Answer, connect, exchange, get, pollUntil, settled } from '../support/client.ts';
import { checkPattern, fillPattern } from '../support/pattern.mjs';
import type { Address } from '../support/servers.ts';

/** The bodies that a server must have, by their length: the pattern from its beginning. */
export const SIZES = [0, 100, 100_000, 20_000_000] as const;

export interface Origins {
  /** Has the routes of the fixture's server: `/bytes/N`, `/chunked/N` and so on. */
  readonly routes: Address;
  /** Closes a connection behind its second answer, and says so in that. */
  readonly twoRequests: Address;
  /** Closes a connection that is idle, soon and without a word. */
  readonly impatient: Address;
  /** What to trust, if these speak TLS. */
  readonly ca?: string;
}

type Server = Exclude<keyof Origins, 'ca'>;

interface Case {
  name: string;
  path: string;
  method?: Method;
  headers?: readonly string[];
  /** 200 unless told. */
  code?: number;
  /** Fields of the answer. */
  fields?: Readonly<Record<string, string>>;
  /** What `getResponseBodyLength()` says: the length of `body` unless told; null where servers differ. */
  length?: number | null;
  chunked?: boolean;
  /** Not looked at if left out. */
  body?: Uint8Array;
  /** CONNECTED unless told. */
  status?: Status;
}

const pattern = (length: number) => fillPattern(new Uint8Array(length));
const zipped = gzipSync(pattern(100_000));
const GZIP = { 'Content-Encoding': 'gzip' };

const CASES: readonly Case[] = [
  { name: 'of a known length', path: '/bytes/100000', body: pattern(100_000) },
  { name: 'that is large', path: '/bytes/20000000', body: pattern(20_000_000) },
  { name: 'that is empty', path: '/bytes/0', body: pattern(0) },
  { name: 'in chunks', path: '/chunked/100000', length: -1, chunked: true, body: pattern(100_000) },
  {
    name: 'until the close',
    path: '/close/100000',
    length: -1,
    body: pattern(100_000),
    status: Status.DISCONNECTED,
  },
  { name: 'to HEAD', path: '/bytes/100000', method: Method.HEAD, length: 100_000, body: pattern(0) },
  { name: '204', path: '/status/204', code: 204, length: -1, body: pattern(0) },
  { name: '304', path: '/status/304', code: 304, length: null, body: pattern(0) },
  { name: '404', path: '/nothing/here', code: 404 },
  {
    name: '206, a range',
    path: '/bytes/100',
    headers: ['Range: bytes=10-19'],
    code: 206,
    fields: { 'Content-Range': 'bytes 10-19/100' },
    body: pattern(100).subarray(10, 20),
  },
  {
    name: '206, the last bytes',
    path: '/bytes/100',
    headers: ['Range: bytes=-5'],
    code: 206,
    fields: { 'Content-Range': 'bytes 95-99/100' },
    body: pattern(100).subarray(95),
  },
  {
    name: '416, a range outside',
    path: '/bytes/100',
    headers: ['Range: bytes=100-'],
    code: 416,
    fields: { 'Content-Range': 'bytes */100' },
  },
  {
    name: 'in gzip, as it is',
    path: '/gzip/100000',
    headers: ['Accept-Encoding: gzip'],
    fields: GZIP,
    body: zipped,
  },
];

export function originCases(getOrigins: () => Origins): void {
  function open(server: Server): Promise<HTTPClient> {
    const { [server]: address, ca } = getOrigins();
    return connect(address, ca === undefined ? {} : { ca });
  }

  async function reopen(http: HTTPClient, server: Server): Promise<void> {
    const { [server]: address, ca } = getOrigins();
    http.connectToHost(address.host, address.port, ca === undefined ? null : TLSOptions.client(ca));
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  }

  describe('delivers an answer', () => {
    test.each(CASES)('$name', async (expected) => {
      const http = await open('routes');
      const { method = Method.GET, path, headers, status = Status.CONNECTED } = expected;
      check(http, await exchange(http, method, path, headers), expected);
      if (status !== Status.CONNECTED) await reopen(http, 'routes');
      // Had it ended a byte too early or too late, this would show it.
      checkPattern((await get(http, '/bytes/100')).body);
      http.close();
    });

    test('in gzip and in chunks, as they are', async () => {
      const http = await open('routes');
      const answer = await get(http, '/zipped/100000', ['Accept-Encoding: gzip']);
      check(http, answer, { fields: GZIP, length: -1, chunked: true });
      const unzipped = gunzipSync(answer.body);
      expect(unzipped.length).toBe(100_000);
      checkPattern(unzipped);
      http.close();
    });
  });

  describe('a server that limits a connection', () => {
    test('to two requests ends it in DISCONNECTED, and is there for the next', async () => {
      const http = await open('twoRequests');
      for (let connection = 0; connection < 3; connection++) {
        for (const status of [Status.CONNECTED, Status.DISCONNECTED]) {
          const answer = await get(http, '/bytes/100');
          expect([answer.code, answer.body.length, answer.status]).toEqual([200, 100, status]);
          checkPattern(answer.body);
        }
        expect(http.getLastError()).toBeNull();
        await reopen(http, 'twoRequests');
      }
      http.close();
    });

    test('in time ends an idle one in CONNECTION_ERROR, and is there for the next', async () => {
      const http = await open('impatient');
      for (let connection = 0; connection < 2; connection++) {
        const answer = await get(http, '/bytes/100');
        expect([answer.code, answer.body.length]).toEqual([200, 100]);
        await pollUntil(http, 'the close', () => http.getStatus() !== Status.CONNECTED);
        // If the close came with the answer, it was no idle connection.
        if (http.getStatus() !== Status.DISCONNECTED) {
          expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
          expect(http.getLastError()?.phase).toBe('idle');
        }
        await reopen(http, 'impatient');
      }
      http.close();
    });
  });
}

function check(http: HTTPClient, answer: Answer, expected: Omit<Case, 'name' | 'path'>): void {
  const { code = 200, fields = {}, body, chunked = false, status = Status.CONNECTED } = expected;
  const { length = body?.length ?? null } = expected;
  expect(answer).toMatchObject({ code, status });
  for (const [name, value] of Object.entries(fields)) expect(http.getResponseHeader(name)).toBe(value);
  expect(http.isResponseChunked()).toBe(chunked);
  if (length !== null) expect(http.getResponseBodyLength()).toBe(length);
  if (body) expect(Buffer.compare(answer.body, body)).toBe(0);
}
