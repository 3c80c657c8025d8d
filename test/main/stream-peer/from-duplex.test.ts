import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTLS } from 'node:tls';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer, WorkerPool } from 'tickhttp';
import { describe, expect, onTestFinished } from 'vitest';
import { exchange, get, inspect, pollUntil, readBody, settled, text, turn } from '../../support/client.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { runScript } from '../../support/run-script.ts';
import { type Address, test } from '../../support/servers.ts';
import { connectionOf, heirOf, receive, send } from '../../support/streams.ts';

const HI = new TextEncoder().encode('hi');
const MEBI = 2 ** 20;

/** A client over a stream. */
function over(duplex: Duplex, pool?: WorkerPool): HTTPClient {
  const http = new HTTPClient(pool ? { pool } : {});
  http.connection = StreamPeer.fromDuplex(duplex);
  expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  onTestFinished(() => http[Symbol.dispose]());
  return http;
}

async function dial({ host, port }: Address): Promise<Socket> {
  const socket = connectSocket(port, host);
  await once(socket, 'connect');
  return socket;
}

/** A stream of the test's own: what is written to it, and a way to say something. */
class Line extends Duplex {
  readonly written: Buffer[] = [];
  /** Called when a write may be answered; until then it is under way. */
  readonly #held: (() => void)[] = [];
  #holding: boolean;

  constructor(holding = false) {
    super({ allowHalfOpen: false });
    this.#holding = holding;
  }

  say(words: string): void {
    this.push(words);
  }

  get said(): string {
    return Buffer.concat(this.written).toString('latin1');
  }

  letGo(): void {
    this.#holding = false;
    for (const done of this.#held.splice(0)) done();
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(bytes);
    if (this.#holding) this.#held.push(done);
    else done();
  }
}

test('of a stream in tiny pieces no more than some hundred are on their way: each is a message', async () => {
  const line = new Line();
  over(line);
  await turn();
  for (let piece = 0; piece < 10_000; piece++) line.say('x');
  const onTheirWay = 10_000 - line.readableLength;
  expect(onTheirWay).toBeGreaterThan(1);
  expect(onTheirWay).toBeLessThan(1000);
});

describe.each<[string, (address: Address, ca: string) => Promise<Duplex>, boolean]>([
  ['a socket', dial, false],
  ['a socket that was paused', async (address) => (await dial(address)).pause(), false],
  ['a socket that is still connecting', async ({ host, port }) => connectSocket(port, host), false],
  [
    'a TLS socket',
    async ({ host, port }, ca) => {
      const socket = connectTLS({ host, port, ca });
      await once(socket, 'secureConnect');
      return socket;
    },
    true,
  ],
])('over %s', (_kind, open, tls) => {
  test('requests, and 20 MB either way', async ({ servers }) => {
    const server = await (tls ? servers.https() : servers.http());
    const http = over(await open(server, (await servers.authority()).cert));
    // Whose it is is not known.
    expect((await inspect(http, Method.GET)).rawHeaders.slice(0, 2)).toEqual(['Host', '']);
    const { body } = await get(http, '/bytes/20000000');
    expect(body).toHaveLength(20_000_000);
    checkPattern(body);
    const sent = fillPattern(new Uint8Array(20_000_000));
    const echo = await exchange(http, Method.POST, '/echo', [], sent);
    expect(echo.body).toHaveLength(sent.length);
    checkPattern(echo.body);
    http.close();
    await server.ended();
  });
});

test('bytes are counted', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 1 });
  const server = await servers.http();
  const http = over(await dial(server), pool);
  const { body } = await get(http, '/bytes/1000');
  const { bytesRead, bytesWritten, connections, requests } = await pool.stats();
  expect([connections, requests, bytesWritten]).toEqual([1, 1, server.counts.received]);
  expect(bytesRead).toBeGreaterThan(body.length);
});

test('over a stream of one’s own', async () => {
  const line = new Line();
  const http = over(line);
  http.request(Method.GET, '/a', []);
  await pollUntil(http, 'the request', () => line.said.includes('\r\n\r\n'));
  expect(line.said).toMatch(/^GET \/a HTTP\/1\.1\r\nHost: \r\n/);
  line.say('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nü€');
  await settled(http);
  expect(text(http.readResponseBodyChunk())).toBe('ü€');
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

describe('a stream of something else than bytes', () => {
  test.for<[string, Duplex, RegExp]>([
    ['utf8', new Line().setEncoding('utf8'), /^duplex must give bytes, not utf8: .*setEncoding/],
    ['latin1', new Line().setEncoding('latin1'), /^duplex must give bytes, not latin1: .*setEncoding/],
    ['objects', new Duplex({ objectMode: true }), /^duplex must carry bytes, not objects: .*objectMode/],
    ['objects to read', new Duplex({ readableObjectMode: true }), /not objects/],
    ['objects to write', new Duplex({ writableObjectMode: true }), /not objects/],
  ])('is refused: %s', ([, duplex, message]) => {
    const make = (): StreamPeer => StreamPeer.fromDuplex(duplex);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  test.for<[string, (line: Line) => void, string]>([
    ['an encoding is set', (line) => void line.setEncoding('latin1').push('hü'), 'text'],
    ['an object is given', (line) => void line.emit('data', { an: 'object' }), 'an object of class Object'],
    ['nothing is given', (line) => void line.emit('data', null), 'null'],
  ])('ends the connection when %s later', async ([, say, piece]) => {
    const line = new Line();
    const closed = once(line, 'close');
    const http = over(line);
    http.request(Method.GET, '/', []);
    await pollUntil(http, 'the request', () => line.said.includes('\r\n\r\n'));
    say(line);
    await Promise.all([settled(http), closed]);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({
      code: 'NOT_BYTES',
      message: expect.stringContaining(`the stream gave ${piece} instead of bytes: make it without`),
    });
  });
});

test('what it had said before, and says before anybody listens, is there to be read', async () => {
  const line = new Line();
  line.say('first ');
  const http = over(line);
  line.say('second ');
  for (let turns = 0; turns < 50; turns++) await turn();
  const heir = heirOf(http);
  line.say('third');
  expect(text(await receive(heir, 18))).toBe('first second third');
  expect(connectionOf(heir).putData(HI)).toBe(ErrorCode.OK);
  await pollUntil(heir, 'hi', () => line.said === 'hi');
  heir.close();
  await once(line, 'close');
});

test('it can be given once, and is then the client’s', async () => {
  const line = new Line();
  const peer = StreamPeer.fromDuplex(line);
  // Nobody's: nothing happens to it yet.
  expect([peer.getAvailableBytes(), peer.getData(1)[0], peer.putData(HI)]).toEqual([
    -1,
    ErrorCode.FAILED,
    ErrorCode.FAILED,
  ]);
  const http = new HTTPClient();
  http.connection = peer;
  const mine = connectionOf(http);
  for (const again of [peer, StreamPeer.fromDuplex(line)]) {
    const other = new HTTPClient();
    for (const client of [http, other]) {
      client.connection = again;
      expect(client.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_CONNECTION' });
    }
    expect([other.getStatus(), http.getStatus(), http.connection === mine]).toEqual([
      Status.DISCONNECTED,
      Status.CONNECTED,
      true,
    ]);
  }
  http.close();
  await once(line, 'close');
});

describe('its end', () => {
  test('comes behind what it said', async () => {
    const line = new Line();
    const http = over(line);
    const peer = connectionOf(http);
    peer.getAvailableBytes();
    line.say('bye');
    line.push(null);
    await once(line, 'close');
    let result: [ErrorCode, Uint8Array] = [ErrorCode.ERR_BUSY, HI];
    await pollUntil(http, 'the end', () => {
      result = peer.getData(10);
      return result[0] !== ErrorCode.ERR_BUSY;
    });
    expect([result[0], text(result[1])]).toEqual([ErrorCode.ERR_FILE_EOF, 'bye']);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
  });

  test('comes behind what there is no room for yet', async () => {
    await using pool = new WorkerPool({ threads: 1 });
    const line = new Line();
    const http = new HTTPClient({ pool, bufferSize: 16_384 });
    http.connection = StreamPeer.fromDuplex(line);
    http.request(Method.GET, '/', []);
    await pollUntil(http, 'the request', () => line.said.includes('\r\n\r\n'));
    const body = fillPattern(new Uint8Array(1_000_000));
    line.say(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
    for (let at = 0; at < body.length; at += 10_000) line.push(body.subarray(at, at + 10_000));
    line.push(null);
    await once(line, 'close');
    // The worker has heard of it by then: each answer takes it a turn.
    for (let turns = 0; turns < 5; turns++) await pool.stats();
    await settled(http);
    const received = await readBody(http);
    expect([received.length, http.getStatus(), http.getLastError()]).toEqual([
      body.length,
      Status.DISCONNECTED,
      null,
    ]);
    checkPattern(received);
  });

  test.for<[string, (line: Line) => void, string]>([
    [
      'its error',
      (line) => void line.destroy(Object.assign(new Error('no carrier'), { code: 'ENOCARRIER' })),
      'ENOCARRIER',
    ],
    ['an error without a code', (line) => void line.destroy(new Error('no carrier')), 'STREAM_FAILED'],
    ['its destruction', (line) => void line.destroy(), 'CONNECTION_CLOSED'],
  ])('%s is CONNECTION_ERROR', async ([, end, code]) => {
    for (const before of [true, false]) {
      const line = new Line();
      line.on('error', () => {});
      if (before) end(line);
      const http = over(line);
      connectionOf(http).getAvailableBytes();
      if (!before) end(line);
      await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
      expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
      // An error that was told before is not told again.
      expect(http.getLastError()).toMatchObject({
        phase: 'stream',
        code: before ? 'CONNECTION_CLOSED' : code,
      });
    }
  });

  test('that was told before is not waited for', async () => {
    const line = new Line();
    line.allowHalfOpen = true;
    line.push(null);
    line.resume();
    await once(line, 'end');
    const http = over(line);
    const peer = connectionOf(http);
    await pollUntil(http, 'the end', () => peer.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF);
  });

  test('a pool that is closed takes it along', async () => {
    const pool = new WorkerPool({ threads: 1 });
    const line = new Line();
    const http = over(line, pool);
    const closed = once(line, 'close');
    await Promise.all([pool.close(), closed]);
    await pollUntil(http, 'the end', () => http.getStatus() === Status.CONNECTION_ERROR);
  });
});

describe('back-pressure', () => {
  test('a stream that says more than is read is paused', async () => {
    const line = new Line();
    const http = over(line);
    connectionOf(http).getAvailableBytes();
    const piece = fillPattern(new Uint8Array(65_521));
    let said = 0;
    // Until it takes no more: what it can't pass on stays in the stream.
    while (line.readableLength < MEBI && said < 100 * MEBI) {
      line.push(piece);
      said += piece.length;
      await turn();
    }
    expect(line.isPaused()).toBe(true);
    expect(said).toBeLessThan(16 * MEBI);
    checkPattern(await receive(http, said));
    await pollUntil(http, 'it to go on', () => !line.isPaused());
  });

  test('a stream that takes nothing is not written to without end', async () => {
    const line = new Line(true);
    const http = over(line);
    const bytes = fillPattern(new Uint8Array(10 * MEBI));
    let at = 0;
    for (let still = 0; still < 300; still++) {
      const [, sent] = connectionOf(http).putPartialData(bytes.subarray(at));
      if (sent > 0) still = 0;
      at += sent;
      await turn();
    }
    expect(at).toBeLessThan(5 * MEBI);
    expect(connectionOf(http).putData(new Uint8Array(2 * MEBI))).toBe(ErrorCode.ERR_BUSY);
    line.letGo();
    await send(http, bytes.subarray(at));
    await pollUntil(
      http,
      'everything',
      () => line.written.reduce((sum, { length }) => sum + length, 0) === bytes.length,
    );
    checkPattern(Buffer.concat(line.written));
  });
});

test('a program ends with such a client open', async () => {
  const { code, stdout, stderr } = await runScript('test/support/scripts/own-stream.mjs');
  expect([code, stdout, stderr]).toEqual([0, 'connected\n', '']);
});
