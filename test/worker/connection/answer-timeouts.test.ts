import { ErrorCode, type HTTPClient, type HTTPClientOptions, Method, Status } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { connect, exchange, get, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { Clock } from '../../support/clock.ts';
import { failed } from '../../support/proxied.ts';
import { type Script, type Servers, startServers, type TestServer, test } from '../../support/servers.ts';

type Timeouts = NonNullable<HTTPClientOptions['timeouts']>;

const MIB = 2 ** 20;
/** Milliseconds, odd enough to be known in a message. */
const SHORT = 151;
/** Of a timeout that must not fire while a server that is not silent takes its time, on a slow machine too. */
const LONG = 2000;
/** Less than LONG by far; three of them are more. */
const STEP = 700;

const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
const HEAD_LATE = 'the head of the response was not complete after';
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
const hold = { hold: true } as const;

let shared: Servers;
let clock: Clock;
beforeAll(async () => {
  shared = await startServers();
  clock = new Clock(await shared.silent());
});
afterAll(async () => {
  await clock.pool.close();
  await shared.close();
});

/** A client whose request to a server with this script is under way. */
async function asking(
  script: Script,
  timeouts: Timeouts,
  options: HTTPClientOptions = {},
): Promise<{ http: HTTPClient; server: TestServer }> {
  const server = await shared.raw([{ expectHead: true }, ...script]);
  const http = await connect(server, { ...options, timeouts, pool: clock.pool });
  expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.OK);
  return { http, server };
}

describe('a server that falls silent', () => {
  const SILENCES: [string, Timeouts, Script, string, string, string][] = [
    ['at once', { headers: SHORT }, [], 'HEADERS_TIMEOUT', 'response', 'sent no response for'],
    ['in its head', { headers: SHORT }, [{ send: 'HTTP/1' }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind a 103', { headers: SHORT }, [{ send: HINTS }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind an empty line', { headers: SHORT }, [{ send: '\n' }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind its head', { body: SHORT }, [{ send: HEAD }], 'BODY_TIMEOUT', 'body', 'no more of the body for'],
    [
      'in its body',
      { body: SHORT },
      [{ send: `${HEAD}123` }],
      'BODY_TIMEOUT',
      'body',
      'no more of the body for',
    ],
    ['at once', { request: SHORT }, [], 'REQUEST_TIMEOUT', 'response', 'not complete after'],
    ['in its body', { request: SHORT }, [{ send: HEAD }], 'REQUEST_TIMEOUT', 'body', 'not complete after'],
  ];

  test.each(SILENCES)('%s, with %j', async (_when, timeouts, script, code, phase, what) => {
    const { http, server } = await asking([...script, hold], timeouts);
    if ((await settled(http)) === Status.BODY) await readBody(http);
    const failure = await failed(http);
    const { status, error } = failure;
    expect([status, error]).toEqual([Status.CONNECTION_ERROR, ErrorCode.ERR_CONNECTION_ERROR]);
    expect(failure).toMatchObject({ phase, code });
    expect(failure.message).toContain(`${server.host}:${server.port}: `);
    expect(failure.message).toContain(`${what} ${SHORT} ms (${code})`);
    await server.ended();
  });

  test.each(SILENCES)('%s, in blocking mode, with %j', async (_when, timeouts, script, code) => {
    const { http } = await asking([...script, hold], timeouts);
    http.blockingModeEnabled = true;
    http.poll();
    while (http.getStatus() === Status.BODY) http.readResponseBodyChunk();
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([Status.CONNECTION_ERROR, code]);
  });

  test('has what it sent before read', async () => {
    const { http } = await asking([{ send: `${HEAD}12345` }, hold], { body: SHORT });
    await clock.elapse(2 * SHORT);
    expect([await settled(http), http.getLastError()]).toEqual([Status.BODY, null]);
    expect([http.getResponseCode(), text(await readBody(http))]).toEqual([200, '12345']);
    expect(await failed(http)).toMatchObject({ code: 'BODY_TIMEOUT', status: Status.CONNECTION_ERROR });
  });

  test('has all the time there is with 0, the default', async () => {
    const script = [{ waitFor: 'go' }, { send: HEAD }, { waitFor: 'go' }, { send: '1234567890' }, hold];
    const { http, server } = await asking(script, { resolve: SHORT, connect: SHORT, tls: SHORT });
    for (const status of [Status.REQUESTING, Status.BODY]) {
      await clock.elapse(2 * SHORT);
      http.poll();
      expect([http.getStatus(), http.getLastError()]).toEqual([status, null]);
      server.release('go');
      await pollUntil(http, 'more', () => http.getStatus() === Status.BODY);
    }
    expect(text(await readBody(http))).toBe('1234567890');
  });

  test('between requests is none', async () => {
    const timeouts = { headers: SHORT, body: SHORT, request: SHORT };
    const http = await connect(await shared.http(), { timeouts, pool: clock.pool });
    for (const url of ['/bytes/1000', '/chunked/1000']) {
      await clock.elapse(2 * SHORT);
      expect((await get(http, url)).body).toHaveLength(1000);
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    }
    await clock.elapse(2 * SHORT);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    http.request(Method.GET, '/hang', []);
    expect((await failed(http)).code).toBe('HEADERS_TIMEOUT');
  });
});

describe('a server that takes its time', () => {
  test('may do so with every read, but not with the whole', async () => {
    const { http, server } = await asking(
      [{ send: HEAD }, ...'1234567890'.split('').flatMap((send) => [{ waitFor: 'go' }, { send }]), hold],
      { body: LONG, request: 5 * STEP },
    );
    let late = false;
    const whole = settled(http)
      .then(() => readBody(http))
      .then(() => failed(http))
      .finally(() => {
        late = true;
      });
    while (!late) {
      await clock.elapse(STEP);
      server.release('go');
    }
    expect((await whole).code).toBe('REQUEST_TIMEOUT');
  });

  test('each read puts the time between them back', async () => {
    const script = [...'1234'].flatMap((send) => [{ waitFor: 'go' }, { send }]);
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n';
    const { http, server } = await asking([{ send: head }, ...script, hold], { body: LONG });
    for (let step = 0; step < 4; step++) {
      await clock.elapse(STEP);
      server.release('go');
    }
    expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234']);
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('the time starts anew with each request', async () => {
    const answer = [{ waitFor: 'go' }, { send: `${HEAD}1234567890` }];
    const script = [
      ...answer,
      ...Array(3)
        .fill([{ expectHead: true }, ...answer])
        .flat(),
      hold,
    ];
    const { http, server } = await asking(script, { headers: LONG, request: LONG });
    for (let request = 0; request < 4; request++) {
      if (request > 0) http.request(Method.GET, '/', []);
      await clock.elapse(STEP);
      server.release('go');
      expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
    }
  });
});

describe('the time for a head', () => {
  /** Steps of STEP, of which the server sends one thing each. */
  async function drip(http: HTTPClient, server: TestServer, steps: number): Promise<string | undefined> {
    for (let step = 0; step < steps && !http.isFailed(); step++) {
      await clock.elapse(STEP);
      server.release('go');
      http.poll();
    }
    return http.getLastError()?.code;
  }

  test.each([
    ['its bytes', [...HEAD].map((send) => ({ send }))],
    ['interim answers', Array(20).fill({ send: HINTS })],
    ['empty lines', Array(16).fill({ send: '\r\n' })],
  ])('is not put back by %s', async (_what, pieces) => {
    const script = pieces.flatMap((piece) => [{ waitFor: 'go' }, piece]);
    const { http, server } = await asking([...script, hold], { headers: LONG });
    expect(await drip(http, server, 6)).toBe('HEADERS_TIMEOUT');
  });

  test('is not over while a head is as quick as that', async () => {
    const script = [HINTS, HEAD.slice(0, 9), HEAD.slice(9)].flatMap((send) => [{ waitFor: 'go' }, { send }]);
    const answer = [...script, { waitFor: 'go' }, { send: '1234567890' }, hold];
    const { http, server } = await asking(answer, { headers: 5 * STEP });
    expect(await drip(http, server, 3)).toBeUndefined();
    expect(await settled(http)).toBe(Status.BODY);
    await clock.elapse(6 * STEP);
    server.release('go');
    expect([text(await readBody(http)), http.getStatus()]).toEqual(['1234567890', Status.CONNECTED]);
  });

  test('is all there is before it: the time for a body is not running', async () => {
    const script = [HINTS, HEAD].flatMap((send) => [{ waitFor: 'go' }, { send }]);
    const { http, server } = await asking([...script, hold], { body: SHORT });
    for (let step = 0; step < 2; step++) {
      await clock.elapse(2 * SHORT);
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.REQUESTING]);
      server.release('go');
    }
    expect(await settled(http)).toBe(Status.BODY);
    expect((await failed(http)).code).toBe('BODY_TIMEOUT');
  });
});

describe('the time for a body', () => {
  const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const wait = { waitFor: 'go' };

  /** The server sends one of the pieces in each STEP. Resolves with how the request has ended. */
  async function drip(start: string, pieces: readonly (string | Uint8Array)[]): Promise<string | number> {
    const script = pieces.flatMap((send) => [wait, { send }]);
    const { http, server } = await asking([{ send: start }, ...script, hold], { body: LONG });
    let over = false;
    const body = settled(http)
      .then(() => readBody(http))
      .finally(() => {
        over = true;
      });
    while (!over) {
      await clock.elapse(STEP);
      server.release('go');
    }
    return http.getLastError()?.code ?? (await body).length;
  }

  test.each([
    ['an extension', `${CHUNKED}1;a`],
    ['an extension behind some body', `${CHUNKED}1\r\na\r\n1;a`],
    ['the padding of a size', `${CHUNKED}1`, ' '],
    ['the zeros of a size', CHUNKED, '0'],
    ['trailers', `${CHUNKED}1\r\na\r\n0\r\nA: `],
  ])('is not put back by %s', async (_what, start, piece = 'a') => {
    expect(await drip(start, Array(12).fill(piece))).toBe('BODY_TIMEOUT');
  });

  test.each([
    ['in chunks', CHUNKED, [...Array(4).fill('1\r\na\r\n'), '0\r\n\r\n'], 4],
    ['in parts of a chunk', `${CHUNKED}4\r\n`, ['a', 'b', 'c', 'd\r\n0\r\n\r\n'], 4],
    [
      'read straight into its buffer',
      `HTTP/1.1 200 OK\r\nContent-Length: ${4 * MIB}\r\n\r\n`,
      Array(4).fill(new Uint8Array(MIB)),
      4 * MIB,
    ],
  ])('is put back by a body %s', async (_how, start, pieces, length) => {
    expect(await drip(start, pieces)).toBe(length);
  });
});

describe('a caller that takes its time', () => {
  test('fires nothing while its thread stands still', async () => {
    const { http, server } = await asking([{ waitFor: 'go' }, { send: `${HEAD}1234567890` }, hold], {
      headers: LONG,
      body: LONG,
      request: LONG,
    });
    server.release('go');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * LONG);
    expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
    expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  });

  /** Bytes that no kernel takes from a server whose peer does not read. */
  const SIZE = 32 * MIB;

  test.each<[string, Timeouts]>([
    ['body', { body: LONG }],
    ['request', { request: LONG }],
  ])('fires no %s timeout while its buffer is full', async (_what, timeouts) => {
    const server = await shared.http();
    const bufferSize = MIB;
    const http = await connect(server, { bufferSize, timeouts, pool: clock.pool });
    const before = (await clock.pool.stats()).bytesRead;
    http.request(Method.GET, `/bytes/${SIZE}`, []);
    expect(await settled(http)).toBe(Status.BODY);
    while ((await clock.pool.stats()).bytesRead - before < bufferSize * 0.9)
      expect(http.getLastError()).toBeNull();
    await clock.elapse(1.5 * LONG);
    expect([await readBody(http), http.getStatus()]).toEqual([
      expect.objectContaining({ length: SIZE }),
      Status.CONNECTED,
    ]);
  });

  test.each<[string, Timeouts]>([
    ['BODY_TIMEOUT', { body: 2 * SHORT }],
    ['REQUEST_TIMEOUT', { request: 2 * SHORT }],
  ])('has %s for what comes after it has taken everything', async (code, timeouts) => {
    const bytes = new Uint8Array(SIZE / 8);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length + 1}\r\n\r\n`;
    const options = { bufferSize: MIB };
    const { http } = await asking([{ send: head }, { send: bytes }, hold], timeouts, options);
    expect(await settled(http)).toBe(Status.BODY);
    await clock.elapse(4 * SHORT);
    expect(http.poll()).toBe(ErrorCode.OK);
    expect(await readBody(http)).toHaveLength(bytes.length);
    expect((await failed(http)).code).toBe(code);
  });
});

describe('the time for an answer begins anew while a body is sent', () => {
  const SIZE = 32 * MIB;
  const body = new Uint8Array(SIZE);

  async function upload(
    script: Script,
    timeouts: Timeouts,
  ): Promise<{ http: HTTPClient; server: TestServer }> {
    const server = await shared.raw([{ expectHead: true }, { pauseReading: true }, ...script]);
    const http = await connect(server, { timeouts, pool: clock.pool });
    expect(http.requestRaw(Method.PUT, '/', [], body)).toBe(ErrorCode.OK);
    return { http, server };
  }

  test('with each part of it that the server takes', async () => {
    const part = { expectBytes: SIZE / 4 };
    const step: Script = [{ waitFor: 'go' }, { resumeReading: true }, part, { pauseReading: true }];
    const last: Script = [{ waitFor: 'go' }, { resumeReading: true }, part];
    const script = [...step, ...step, ...step, ...last, { send: `${HEAD}1234567890` }, hold];
    const { http, server } = await upload(script, { headers: LONG });
    for (let go = 0; go < 4; go++) {
      await clock.elapse(STEP);
      server.release('go');
    }
    expect([await settled(http), http.getLastError()]).toEqual([Status.BODY, null]);
    expect([text(await readBody(http)), http.getStatus()]).toEqual(['1234567890', Status.CONNECTED]);
  });

  test('and is over when the server takes no more', async () => {
    const { http } = await upload([{ waitFor: 'never' }], { headers: 2 * SHORT });
    expect(await failed(http)).toMatchObject({ code: 'HEADERS_TIMEOUT', phase: 'request' });
  });

  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const rest: Script = [{ waitFor: 'go' }, { resumeReading: true }, { expectBytes: SIZE }];

  test.each([
    ['a 100', CONTINUE, `${HEAD}1234567890`],
    ['half a head', HEAD.slice(0, 20), `${HEAD.slice(20)}1234567890`],
    ['a head', HEAD, '1234567890'],
    ['half a body', `${HEAD}12345`, '67890'],
  ])('while the time for a body does not run, behind %s', async (_what, early, late) => {
    const script: Script = [{ send: early }, ...rest, { waitFor: 'go' }, { send: late }, hold];
    const { http, server } = await upload(script, { body: LONG });
    await clock.elapse(1.5 * LONG);
    server.release('go');
    expect([http.poll(), http.getLastError()]).toEqual([ErrorCode.OK, null]);
    await server.waitFor('the request', ({ bytesReceived }) => bytesReceived > SIZE, 0, 20_000);
    server.release('go');
    expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
    expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  });

  test('which runs when all of it is sent', async () => {
    const { http, server } = await upload([{ send: HEAD }, ...rest, hold], { body: SHORT });
    await clock.elapse(2 * SHORT);
    expect([http.poll(), http.getLastError()]).toEqual([ErrorCode.OK, null]);
    server.release('go');
    expect(await settled(http)).toBe(Status.BODY);
    expect(await failed(http)).toMatchObject({ code: 'BODY_TIMEOUT', phase: 'body', request: 'answered' });
  });

  test('behind a 100, too', async () => {
    const { http } = await upload([{ send: CONTINUE }, { waitFor: 'never' }], { headers: 2 * SHORT });
    expect(await failed(http)).toMatchObject({ code: 'HEADERS_TIMEOUT', phase: 'request' });
  });

  test('but not when all of it is sent', async () => {
    const server = await shared.http();
    const http = await connect(server, { timeouts: { headers: LONG }, pool: clock.pool });
    const { status } = await exchange(http, Method.POST, '/inspect', [], body);
    expect(status).toBe(Status.CONNECTED);
    await clock.elapse(1.2 * LONG);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
  });
});
