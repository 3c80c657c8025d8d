import { ErrorCode, type HTTPClient, Method, Status } from 'tickhttp';
import { describe, expect, test } from 'vitest';
import { connect, exchange, get, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { failed } from '../../support/proxied.ts';
import type { Script, TestServer } from '../../support/servers.ts';
import { LONG, SHORT, SLACK, SlowServers, STEP, type Timeouts } from '../../support/slow-servers.ts';

const MIB = 2 ** 20;
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
const HEAD_LATE = 'the head of the response was not complete after';
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
const hold = { hold: true } as const;

const slow = new SlowServers();

describe('a server that falls silent', () => {
  const SILENCES: [string, 'headers' | 'body' | 'request', Script, string, string, string][] = [
    ['at once', 'headers', [], 'HEADERS_TIMEOUT', 'response', 'sent no response for'],
    ['in its head', 'headers', [{ send: 'HTTP/1' }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind a 103', 'headers', [{ send: HINTS }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind an empty line', 'headers', [{ send: '\n' }], 'HEADERS_TIMEOUT', 'response', HEAD_LATE],
    ['behind its head', 'body', [{ send: HEAD }], 'BODY_TIMEOUT', 'body', 'no more of the body for'],
    ['in its body', 'body', [{ send: `${HEAD}123` }], 'BODY_TIMEOUT', 'body', 'no more of the body for'],
    ['at once', 'request', [], 'REQUEST_TIMEOUT', 'response', 'not complete after'],
    ['in its body', 'request', [{ send: HEAD }], 'REQUEST_TIMEOUT', 'body', 'not complete after'],
  ];

  test.each(SILENCES)('%s, with a time for %s', (_when, limit, script, code, phase, what) =>
    slow.inTime(SLACK.short, async (factor) => {
      const { http, server } = await slow.asking([...script, hold], { [limit]: SHORT * factor });
      if ((await settled(http)) === Status.BODY) await readBody(http);
      const failure = await failed(http);
      const { status, error } = failure;
      expect([status, error]).toEqual([Status.CONNECTION_ERROR, ErrorCode.ERR_CONNECTION_ERROR]);
      expect(failure).toMatchObject({ phase, code });
      expect(failure.message).toContain(`${server.host}:${server.port}: `);
      expect(failure.message).toContain(`${what} ${SHORT * factor} ms (${code})`);
      await server.ended();
    }),
  );

  test.each(SILENCES)('%s, in blocking mode, with a time for %s', async (_when, limit, script, code) => {
    const { http } = await slow.asking([...script, hold], { [limit]: SHORT });
    http.blockingModeEnabled = true;
    http.poll();
    while (http.getStatus() === Status.BODY) http.readResponseBodyChunk();
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([Status.CONNECTION_ERROR, code]);
  });

  test('has what it sent before read', async () => {
    const { http } = await slow.asking([{ send: `${HEAD}12345` }, hold], { body: SHORT });
    await slow.clock.elapse(2 * SHORT);
    expect([await settled(http), http.getLastError()]).toEqual([Status.BODY, null]);
    expect([http.getResponseCode(), text(await readBody(http))]).toEqual([200, '12345']);
    expect(await failed(http)).toMatchObject({ code: 'BODY_TIMEOUT', status: Status.CONNECTION_ERROR });
  });

  test('has all the time there is with 0, the default', async () => {
    const script = [{ waitFor: 'go' }, { send: HEAD }, { waitFor: 'go' }, { send: '1234567890' }, hold];
    const { http, server } = await slow.asking(script, { resolve: SHORT, connect: SHORT, tls: SHORT });
    for (const status of [Status.REQUESTING, Status.BODY]) {
      await slow.clock.elapse(2 * SHORT);
      http.poll();
      expect([http.getStatus(), http.getLastError()]).toEqual([status, null]);
      server.release('go');
      await pollUntil(http, 'more', () => http.getStatus() === Status.BODY);
    }
    expect(text(await readBody(http))).toBe('1234567890');
  });

  test('between requests is none', () =>
    slow.inTime(SLACK.short, async (factor) => {
      const time = SHORT * factor;
      const timeouts = { headers: time, body: time, request: time };
      const http = await connect(await slow.servers.http(), { timeouts, pool: slow.clock.pool });
      for (const url of ['/bytes/1000', '/chunked/1000']) {
        await slow.clock.elapse(2 * time);
        expect((await get(http, url)).body).toHaveLength(1000);
        expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
      }
      await slow.clock.elapse(2 * time);
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
      http.request(Method.GET, '/hang', []);
      expect((await failed(http)).code).toBe('HEADERS_TIMEOUT');
    }));
});

describe('a server that takes its time', () => {
  test('may do so with every read, but not with the whole', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const { http, server } = await slow.asking(
        [{ send: HEAD }, ...'1234567890'.split('').flatMap((send) => [{ waitFor: 'go' }, { send }]), hold],
        { body: LONG * factor, request: 5 * STEP * factor },
      );
      let late = false;
      const whole = settled(http)
        .then(() => readBody(http))
        .then(() => failed(http))
        .finally(() => {
          late = true;
        });
      while (!late) {
        await slow.clock.elapse(STEP * factor);
        server.release('go');
      }
      expect((await whole).code).toBe('REQUEST_TIMEOUT');
    }));

  test('each read puts the time between them back', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const script = [...'1234'].flatMap((send) => [{ waitFor: 'go' }, { send }]);
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n';
      const { http, server } = await slow.asking([{ send: head }, ...script, hold], { body: LONG * factor });
      for (let step = 0; step < 4; step++) {
        await slow.clock.elapse(STEP * factor);
        server.release('go');
      }
      expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234']);
      expect(http.getStatus()).toBe(Status.CONNECTED);
    }));

  test('the time starts anew with each request', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const answer = [{ waitFor: 'go' }, { send: `${HEAD}1234567890` }];
      const script = [
        ...answer,
        ...Array(3)
          .fill([{ expectHead: true }, ...answer])
          .flat(),
        hold,
      ];
      const time = LONG * factor;
      const { http, server } = await slow.asking(script, { headers: time, request: time });
      for (let request = 0; request < 4; request++) {
        if (request > 0) http.request(Method.GET, '/', []);
        await slow.clock.elapse(STEP * factor);
        server.release('go');
        expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
      }
    }));
});

describe('the time for a head', () => {
  /** Steps of STEP, of which the server sends one thing each. */
  async function drip(
    http: HTTPClient,
    server: TestServer,
    steps: number,
    factor = 1,
  ): Promise<string | undefined> {
    for (let step = 0; step < steps && !http.isFailed(); step++) {
      await slow.clock.elapse(STEP * factor);
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
    const { http, server } = await slow.asking([...script, hold], { headers: LONG });
    expect(await drip(http, server, 6)).toBe('HEADERS_TIMEOUT');
  });

  test('is not over while a head is as quick as that', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const script = [HINTS, HEAD.slice(0, 9), HEAD.slice(9)].flatMap((send) => [
        { waitFor: 'go' },
        { send },
      ]);
      const answer = [...script, { waitFor: 'go' }, { send: '1234567890' }, hold];
      const { http, server } = await slow.asking(answer, { headers: 5 * STEP * factor });
      expect(await drip(http, server, 3, factor)).toBeUndefined();
      expect(await settled(http)).toBe(Status.BODY);
      await slow.clock.elapse(6 * STEP * factor);
      server.release('go');
      expect([text(await readBody(http)), http.getStatus()]).toEqual(['1234567890', Status.CONNECTED]);
    }));

  test('is all there is before it: the time for a body is not running', async () => {
    const script = [HINTS, HEAD].flatMap((send) => [{ waitFor: 'go' }, { send }]);
    const { http, server } = await slow.asking([...script, hold], { body: SHORT });
    for (let step = 0; step < 2; step++) {
      await slow.clock.elapse(2 * SHORT);
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.REQUESTING]);
      server.release('go');
    }
    // It may be over before this thread has seen the head.
    const failure = await failed(http);
    expect([failure.code, http.getResponseCode()]).toEqual(['BODY_TIMEOUT', 200]);
  });
});

describe('a caller that takes its time', () => {
  test('fires nothing while its thread stands still', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const time = LONG * factor;
      const { http, server } = await slow.asking([{ waitFor: 'go' }, { send: `${HEAD}1234567890` }, hold], {
        headers: time,
        body: time,
        request: time,
      });
      server.release('go');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * time);
      expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
      expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    }));

  /** Bytes that no kernel takes from a server whose peer does not read. */
  const SIZE = 32 * MIB;

  test.each(['body', 'request'])('fires no %s timeout while its buffer is full', (limit) =>
    slow.inTime(SLACK.long, async (factor) => {
      const server = await slow.servers.http();
      const bufferSize = MIB;
      const timeouts = { [limit]: LONG * factor };
      const http = await connect(server, { bufferSize, timeouts, pool: slow.clock.pool });
      const before = (await slow.clock.pool.stats()).bytesRead;
      http.request(Method.GET, `/bytes/${SIZE}`, []);
      expect(await settled(http)).toBe(Status.BODY);
      while ((await slow.clock.pool.stats()).bytesRead - before < bufferSize * 0.9)
        expect(http.getLastError()).toBeNull();
      await slow.clock.elapse(1.5 * LONG * factor);
      expect([await readBody(http), http.getStatus()]).toEqual([
        expect.objectContaining({ length: SIZE }),
        Status.CONNECTED,
      ]);
    }),
  );

  test.each([
    ['BODY_TIMEOUT', 'body'],
    ['REQUEST_TIMEOUT', 'request'],
  ])('has %s for what comes after it has taken everything', (code, limit) =>
    slow.inTime(SLACK.short, async (factor) => {
      const bytes = new Uint8Array(SIZE / 8);
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length + 1}\r\n\r\n`;
      const timeouts = { [limit]: 2 * SHORT * factor };
      const options = { bufferSize: MIB };
      const { http } = await slow.asking([{ send: head }, { send: bytes }, hold], timeouts, options);
      expect(await settled(http)).toBe(Status.BODY);
      await slow.clock.elapse(4 * SHORT * factor);
      expect(http.poll()).toBe(ErrorCode.OK);
      expect(await readBody(http)).toHaveLength(bytes.length);
      expect((await failed(http)).code).toBe(code);
    }),
  );
});

describe('the time for an answer begins anew while a body is sent', () => {
  const SIZE = 32 * MIB;
  const body = new Uint8Array(SIZE);

  async function upload(
    script: Script,
    timeouts: Timeouts,
  ): Promise<{ http: HTTPClient; server: TestServer }> {
    const server = await slow.servers.raw([{ expectHead: true }, { pauseReading: true }, ...script]);
    const http = await connect(server, { timeouts, pool: slow.clock.pool });
    expect(http.requestRaw(Method.PUT, '/', [], body)).toBe(ErrorCode.OK);
    return { http, server };
  }

  test('with each part of it that the server takes', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const part = { expectBytes: SIZE / 4 };
      const step: Script = [{ waitFor: 'go' }, { resumeReading: true }, part, { pauseReading: true }];
      const last: Script = [{ waitFor: 'go' }, { resumeReading: true }, part];
      const script = [...step, ...step, ...step, ...last, { send: `${HEAD}1234567890` }, hold];
      const { http, server } = await upload(script, { headers: LONG * factor });
      for (let go = 0; go < 4; go++) {
        await slow.clock.elapse(STEP * factor);
        server.release('go');
      }
      expect([await settled(http), http.getLastError()]).toEqual([Status.BODY, null]);
      expect([text(await readBody(http)), http.getStatus()]).toEqual(['1234567890', Status.CONNECTED]);
    }));

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
  ])('while the time for a body does not run, behind %s', (_what, early, late) =>
    slow.inTime(SLACK.long, async (factor) => {
      const script: Script = [{ send: early }, ...rest, { waitFor: 'go' }, { send: late }, hold];
      const { http, server } = await upload(script, { body: LONG * factor });
      await slow.clock.elapse(1.5 * LONG * factor);
      server.release('go');
      expect([http.poll(), http.getLastError()]).toEqual([ErrorCode.OK, null]);
      await server.waitFor('the request', ({ bytesReceived }) => bytesReceived > SIZE);
      server.release('go');
      expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
      expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    }),
  );

  test('which runs when all of it is sent', async () => {
    const { http, server } = await upload([{ send: HEAD }, ...rest, hold], { body: SHORT });
    await slow.clock.elapse(2 * SHORT);
    expect([http.poll(), http.getLastError()]).toEqual([ErrorCode.OK, null]);
    server.release('go');
    expect(await failed(http)).toMatchObject({ code: 'BODY_TIMEOUT', phase: 'body', request: 'answered' });
    expect(http.getResponseCode()).toBe(200);
  });

  test('behind a 100, too', async () => {
    const { http } = await upload([{ send: CONTINUE }, { waitFor: 'never' }], { headers: 2 * SHORT });
    expect(await failed(http)).toMatchObject({ code: 'HEADERS_TIMEOUT', phase: 'request' });
  });

  test('but not when all of it is sent', () =>
    slow.inTime(SLACK.long, async (factor) => {
      const server = await slow.servers.http();
      const http = await connect(server, { timeouts: { headers: LONG * factor }, pool: slow.clock.pool });
      const { status } = await exchange(http, Method.POST, '/inspect', [], body);
      expect(status).toBe(Status.CONNECTED);
      await slow.clock.elapse(1.2 * LONG * factor);
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    }));
});
