import { ErrorCode, type Failure, HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { connect, get, pollUntil, settled, UNKNOWN_NAME } from '../../support/client.ts';
import { type Script, type Servers, startServers, test } from '../../support/servers.ts';

let shared: Servers;
beforeAll(async () => {
  shared = await startServers();
});
afterAll(() => shared.close());

const OK = 'HTTP/1.1 200 OK\r\n';
const BODY = `${OK}Content-Length: 5\r\n\r\nhello`;
const asked = { expectHead: true } as const;
const hold = { hold: true } as const;

async function failureOf(http: HTTPClient): Promise<Failure | null> {
  await pollUntil(http, 'a failure', () => {
    http.readResponseBodyChunk();
    return http.isFailed();
  });
  return http.getLastError();
}

describe('what has become of a request that failed', () => {
  /** What the server does behind the head of a request. */
  const ENDS: [string, Script, string, string][] = [
    ['closed in silence', [{ end: true }], 'EMPTY_RESPONSE', 'unanswered'],
    ['reset in silence', [{ reset: true }], 'ECONNRESET', 'unanswered'],
    ['silent', [hold], 'HEADERS_TIMEOUT', 'unanswered'],
    ['closed behind an empty line', [{ send: '\r\n' }, { end: true }], 'TRUNCATED_HEAD', 'answered'],
    ['silent behind one byte', [{ send: 'H' }, hold], 'HEADERS_TIMEOUT', 'answered'],
    ['closed behind a 100', [{ send: 'HTTP/1.1 100\r\n\r\n' }, { end: true }], 'TRUNCATED_HEAD', 'answered'],
    ['silent behind a 103', [{ send: 'HTTP/1.1 103\r\n\r\n' }, hold], 'HEADERS_TIMEOUT', 'answered'],
    ['no HTTP', [{ send: 'SSH-2.0' }, hold], 'INVALID_STATUS_LINE', 'answered'],
    ['closed in the body', [{ send: BODY.slice(0, -1) }, { end: true }], 'TRUNCATED_BODY', 'answered'],
    ['silent in the body', [{ send: BODY.slice(0, -1) }, hold], 'REQUEST_TIMEOUT', 'answered'],
  ];

  /** Long enough for what the server says before it is silent, on a machine that stands still for a while. */
  const timeoutsFor = (code: string) =>
    code === 'HEADERS_TIMEOUT' ? { headers: 3001 } : code === 'REQUEST_TIMEOUT' ? { request: 3003 } : {};

  // All at once: some wait for a time limit.
  test.concurrent.each(ENDS)('%s', async (_name, script, code, request) => {
    const timeouts = timeoutsFor(code);
    const http = await connect(await shared.raw([asked, ...script]), { timeouts });
    http.request(Method.GET, '/', []);
    expect(await failureOf(http)).toMatchObject({ code, request });
  });

  test.concurrent.each(ENDS)(
    'the same of a second one, over TLS: %s',
    async (_name, script, code, request) => {
      const timeouts = timeoutsFor(code);
      const server = await shared.raw([asked, { send: BODY }, asked, ...script], { tls: true });
      const http = await connect(server, { timeouts, ca: (await shared.authority()).cert });
      expect((await get(http, '/')).status).toBe(Status.CONNECTED);
      http.request(Method.POST, '/', [], 'body');
      expect(await failureOf(http)).toMatchObject({ code, request });
    },
  );

  test.each<[string, Script, string]>([
    ['has closed it', [{ end: true }], 'CONNECTION_CLOSED'],
    ['has reset it', [{ reset: true }], 'ECONNRESET'],
    ['has said something unasked', [{ send: BODY }], 'UNSOLICITED_DATA'],
  ])('the server %s before: unsent, if the caller has seen it or not', async (_name, script, code) => {
    const server = await shared.raw([asked, { send: BODY }, { waitFor: 'go' }, ...script]);
    const [seen, unseen] = [await connect(server), await connect(server)];
    for (const http of [seen, unseen]) expect((await get(http, '/')).status).toBe(Status.CONNECTED);
    server.release('go');
    expect(await failureOf(seen)).toMatchObject({ phase: 'idle', code, request: null });
    await server.finished(1);
    expect(unseen.request(Method.POST, '/', [])).toBe(ErrorCode.OK);
    expect(await failureOf(unseen)).toMatchObject({ phase: 'idle', code, request: 'unsent' });
  });

  test('a body is on its way: the server may have seen it', async () => {
    const server = await shared.raw([asked, { pauseReading: true }, { waitFor: 'go' }, { reset: true }]);
    const http = await connect(server);
    http.requestRaw(Method.PUT, '/', [], new Uint8Array(30_000_000));
    server.release('go');
    expect(await failureOf(http)).toMatchObject({ phase: 'request', request: 'unanswered' });
  });

  test('the pool was closed', async () => {
    const server = await shared.raw([asked, hold]);
    const pool = new WorkerPool({ threads: 1 });
    const [asking, idle, late] = [
      await connect(server, { pool }),
      await connect(server, { pool }),
      await connect(server, { pool }),
    ];
    asking.request(Method.GET, '/', []);
    server.blockUntil('the request', ({ received }) => received > 0);
    await pool.close();
    late.request(Method.GET, '/', []);
    expect(await failureOf(asking)).toMatchObject({ code: 'POOL_CLOSED', request: 'unanswered' });
    expect(await failureOf(idle)).toMatchObject({ code: 'POOL_CLOSED', request: null });
    expect(await failureOf(late)).toMatchObject({ code: 'POOL_CLOSED', request: 'unsent' });
  });

  test('there was none', async () => {
    const http = new HTTPClient();
    http.connectToHost(UNKNOWN_NAME);
    expect(await failureOf(http)).toMatchObject({ phase: 'resolve', request: null });
    http.connectToHost('a b');
    expect(http.getLastError()).toMatchObject({ phase: 'argument', request: null });
    expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', request: null });
  });

  test('the connection had become a stream', async () => {
    const server = await shared.raw([
      asked,
      { send: 'HTTP/1.1 101 Switching\r\n\r\n' },
      { waitFor: 'go' },
      { reset: true },
    ]);
    const http = await connect(server);
    http.request(Method.GET, '/', ['Upgrade: test', 'Connection: upgrade']);
    expect(await settled(http)).toBe(Status.CONNECTED);
    expect(http.connection?.getAvailableBytes()).toBeTypeOf('number');
    server.release('go');
    expect(await failureOf(http)).toMatchObject({ phase: 'stream', request: null });
  });
});
