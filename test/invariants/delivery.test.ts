import { ErrorCode, HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, readBody, settled, text } from '../support/client.ts';
import { checkPattern, fillPattern } from '../support/pattern.mjs';
import { freshSeed, randomFrom } from '../support/random.mjs';
import { type Script, type Step, type TestServer, test } from '../support/servers.ts';
import { connectionOf, switching, upgrade } from '../support/streams.ts';

describe('3. Bytes are delivered once, in order, or the failure is reported; never both lost and silent', () => {
  test('bodies of all framings, cut off anywhere or not at all', async ({ servers }) => {
    const seed = freshSeed();
    const random = randomFrom(seed);
    const cases = Array.from({ length: 60 }, () => randomAnswer(random));
    const server = await servers.raw(cases.map(({ script }) => script));
    const http = new HTTPClient({ bufferSize: 16_384, limits: { headSize: 1024, headFields: 10 } });
    for (const [index, { size, sent, framing }] of cases.entries()) {
      const label = `TICKHTTP_SEED=${seed} case ${index}: ${sent} of ${size} bytes, ${framing}`;
      http.connectToHost(server.host, server.port);
      expect(await settled(http), label).toBe(Status.CONNECTED);
      http.request(Method.GET, '/', []);
      await settled(http);
      http.readChunkSize = 256 + random(100_000);
      const body = await readBody(http);
      checkPattern(body, 0);
      expect(body.length, label).toBe(sent);
      // Until the close there is no telling whether that was all.
      const whole = sent === size || framing === 'close';
      expect(http.getStatus(), label).toBe(whole ? Status.DISCONNECTED : Status.CONNECTION_ERROR);
      expect(http.getLastError()?.code, label).toBe(whole ? undefined : 'TRUNCATED_BODY');
    }
  });

  test('what a stream accepts, however and whenever either side ends', async ({ servers }) => {
    const seed = freshSeed();
    const random = randomFrom(seed);
    const cases = Array.from({ length: 40 }, (_, index) => randomStream(random, index));
    const server = await servers.raw(cases.map(({ script }) => script));
    const bytes = fillPattern(new Uint8Array(MOST_SENT));
    for (const [index, { size, startsAt, ending, closes }] of cases.entries()) {
      const label = `TICKHTTP_SEED=${seed} case ${index}: ${size} bytes, ${ending} at ${startsAt}, close ${closes}`;
      const http = await upgrade(server);
      const peer = connectionOf(http);
      let accepted = 0;
      await pollUntil(http, label, () => {
        if (accepted >= startsAt) server.release(`${index}`);
        const most = Math.min(size - accepted, 1 + random(2_000_000));
        const [error, count] = peer.putPartialData(bytes.subarray(accepted, accepted + most));
        accepted += count;
        return error !== ErrorCode.OK || accepted === size || (count === 0 && accepted < startsAt);
      });
      // Where the server was not let go, it has taken what the system holds.
      if (closes) http.close();
      server.release(`${index}`);
      peer.shutdown();
      await pollUntil(http, label, () => http.getStatus() !== Status.CONNECTED);
      const { received, bytesReceived } = await server.closed(index);
      const head = Buffer.from(received).indexOf('\r\n\r\n') + 4;
      checkPattern(received.subarray(head));
      const lost = accepted - (bytesReceived - head);
      expect(lost, label).toBeGreaterThanOrEqual(0);
      if (lost > 0) expect(http.getLastError(), `${label}: ${lost} lost`).not.toBeNull();
      else if (ending !== 'reset' && !closes) expect(http.getLastError(), label).toBeNull();
    }
  }, 120_000);
});

const MOST_SENT = 12_000_000;

interface RandomStream {
  readonly size: number;
  /** When so many bytes were accepted, the server does what it does. */
  readonly startsAt: number;
  readonly ending: 'reading' | 'end' | 'reset';
  /** The client does not wait. */
  readonly closes: boolean;
  readonly script: Script;
}

function randomStream(random: (limit: number) => number, index: number): RandomStream {
  const size = 1 + random(random(2) === 0 ? MOST_SENT : 100_000);
  const ending = (['reading', 'end', 'end', 'reset'] as const)[random(4)] ?? 'end';
  const early: Step[] = ending === 'end' && random(2) === 0 ? [{ end: true }] : [];
  const late: Step[] = ending === 'reset' ? [{ reset: true }] : [{ resumeReading: true }];
  if (ending === 'end' && early.length === 0) late.unshift({ end: true });
  const script = switching({ pauseReading: true }, ...early, { waitFor: `${index}` }, ...late);
  // Of what the system has taken, and a reset then drops, only who still reads can know.
  const closes = ending !== 'reset' && random(3) === 0;
  return { size, startsAt: random(size), ending, closes, script };
}

interface RandomAnswer {
  readonly framing: 'length' | 'chunked' | 'close';
  readonly size: number;
  /** Body bytes that leave the server. */
  readonly sent: number;
  readonly script: Script;
}

function randomAnswer(random: (limit: number) => number): RandomAnswer {
  const framing = (['length', 'chunked', 'close'] as const)[random(3)] ?? 'length';
  const size = 1 + random(200_000);
  const sent = random(2) === 0 ? size : random(size);
  const body = new Uint8Array(size);
  fillPattern(body, 0);
  const head = {
    length: `Content-Length: ${size}\r\nConnection: close\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\nConnection: close\r\n',
    close: '',
  }[framing];
  const steps: Step[] = [{ expectHead: true }, { send: `HTTP/1.1 200 OK\r\n${head}\r\n` }];
  for (let at = 0; at < sent; ) {
    const piece = body.subarray(at, Math.min(sent, at + 1 + random(random(2) === 0 ? 50 : 60_000)));
    if (framing === 'chunked') steps.push({ send: `${piece.length.toString(16)};x=y\r\n` });
    steps.push({ send: piece });
    if (framing === 'chunked') steps.push({ send: '\r\n' });
    at += piece.length;
    // Steps cost the server's thread a turn each: big pieces after the first few.
    if (steps.length > 40) {
      const rest = body.subarray(at, sent);
      if (rest.length === 0) break;
      steps.push({ send: framing === 'chunked' ? `${rest.length.toString(16)}\r\n` : '' }, { send: rest });
      if (framing === 'chunked') steps.push({ send: '\r\n' });
      break;
    }
  }
  if (framing === 'chunked' && sent === size) steps.push({ send: '0\r\n\r\n' });
  return { framing, size, sent, script: [...steps, { end: true }] };
}

describe('4. Memory for a connection is bounded by its buffer size, whatever the peer does', () => {
  const ENDLESS = 'x'.repeat(65_536);

  // The last column: bytes on the wire for one byte of body.
  test.for<[string, string, string, number]>([
    ['body until the close', 'HTTP/1.1 200 OK\r\n\r\n', ENDLESS, 1],
    ['body of a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n', ENDLESS, 1],
    ['chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n', ENDLESS, 1],
    [
      'run of chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\nx\r\n'.repeat(10_000),
      6,
    ],
  ])('an endless %s that nobody reads', async ([, head, endless, wireBytes], { servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: endless }]);
    const other = await servers.http();
    const stalled = await connect(server, { pool });
    stalled.request(Method.GET, '/', []);
    await settled(stalled);
    // The same thread moves much more than it may keep, so that the stalled connection has every chance to.
    const busy = await connect(other, { pool });
    expect((await get(busy, '/bytes/200000000')).body).toHaveLength(200_000_000);
    const { bytesRead } = await pool.stats();
    // What was read of the stalled connection is a ring full of body, and heads.
    expect(bytesRead - 200_000_000).toBeLessThan(1.2 * 2 ** 22 * wireBytes);
  });

  test.for<[string, string, string]>([
    ['head', 'HTTP/1.1 200 OK\r\n', 'X-Endless: yes\r\n'.repeat(1000)],
    ['header line', 'HTTP/1.1 200 OK\r\nX-Endless: ', ENDLESS],
    ['run of interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
    ['chunk extension', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', ENDLESS],
    [
      'trailer section',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      'X-Endless: yes\r\n'.repeat(1000),
    ],
  ])('an endless %s is refused', async ([, head, endless], { servers }) => {
    const server = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: endless }]);
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    await settled(http);
    await readBody(http);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()?.code).toMatch(/^(?:HEAD_TOO_LARGE|TOO_MANY_FIELDS|INVALID_CHUNK)$/);
  });
});

describe('9. A reply is never handed to another request: unsolicited or left-over bytes end the connection', () => {
  const good = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';

  /** A second reply, when the test says so. */
  const oneTooMany: Script = [
    { expectHead: true },
    { send: good },
    { waitFor: 'more' },
    { send: evil },
    { hold: true },
  ];

  test('two replies at once to one request', async ({ servers }) => {
    const server = await servers.raw([{ expectHead: true }, { send: good + evil }, { hold: true }]);
    const http = await connect(server);
    const answer = await get(http, '/');
    expect([text(answer.body), answer.status]).toEqual(['good', Status.DISCONNECTED]);
  });

  test('a reply while nothing was asked', async ({ servers }) => {
    const server = await servers.raw(oneTooMany);
    const http = await connect(server);
    expect((await get(http, '/')).status).toBe(Status.CONNECTED);
    server.release('more');
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([
      Status.CONNECTION_ERROR,
      'UNSOLICITED_DATA',
    ]);
  });

  test('a reply that is on its way when the next request is made', async ({ servers }) => {
    const server = await servers.raw(oneTooMany);
    const http = await connect(server);
    await get(http, '/');
    server.release('more');
    // This thread stands still, so the client can't have seen anything yet.
    server.blockUntil('the second reply', ({ sent }) => sent === good.length + evil.length);
    await expectUnasked(http, server);
  });

  test('a reply that waits in the system while the client is full', async ({ servers }) => {
    const fill = `HTTP/1.1 200 OK\r\nContent-Length: 14000\r\n\r\n${'x'.repeat(14_000)}`;
    const [, , ...rest] = oneTooMany;
    const server = await servers.raw([{ expectHead: true }, { send: fill }, ...rest]);
    await using pool = new WorkerPool({ threads: 1 });
    const limits = { headSize: 256, headFields: 8 };
    const http = await connect(server, { pool, bufferSize: 16_384, limits });
    http.request(Method.GET, '/', []);
    await settled(http);
    // All of it is read, and then the socket is stopped.
    while ((await pool.stats()).bytesRead < fill.length) http.poll();
    server.release('more');
    server.blockUntil('the second reply', ({ sent }) => sent === fill.length + evil.length);
    // What is borrowed is given back with the request.
    while (http.getStatus() === Status.BODY) http.borrowResponseBodyChunk();
    await expectUnasked(http, server);
  });

  test.for(['the same client', 'another'])(
    'a reply in a tunnel to %s, before it asks',
    async (who, { servers }) => {
      const consent = 'HTTP/1.1 200 OK\r\n\r\n';
      const [, , ...rest] = oneTooMany;
      const server = await servers.raw([{ expectHead: true }, { send: consent }, ...rest]);
      const http = await connect(server);
      http.request(Method.CONNECT, 'target.test:80', []);
      await pollUntil(http, 'the tunnel', () => http.getStatus() === Status.CONNECTED);
      const asking = who === 'another' ? new HTTPClient() : http;
      if (asking !== http) asking.connection = http.connection;
      server.release('more');
      server.blockUntil('the reply', ({ sent }) => sent === consent.length + evil.length);
      await expectUnasked(asking, server);
    },
  );

  async function expectUnasked(http: HTTPClient, server: TestServer): Promise<void> {
    expect(http.getStatus()).toBe(Status.CONNECTED);
    http.request(Method.GET, '/second', []);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()?.code).toBe('UNSOLICITED_DATA');
    const [connection] = await server.connections();
    expect(text(connection?.received ?? new Uint8Array())).not.toContain('/second');
  }

  test('a reply before the first request', async ({ servers }) => {
    const server = await servers.raw([{ send: evil }, { hold: true }]);
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port);
    await pollUntil(http, 'an error', () => http.getStatus() === Status.CONNECTION_ERROR);
    expect(http.getLastError()?.code).toBe('UNSOLICITED_DATA');
  });
});
