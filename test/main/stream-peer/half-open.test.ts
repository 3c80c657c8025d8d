import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer, TLSOptions } from 'tickhttp';
import { describe, expect, onTestFinished } from 'vitest';
import { connect, get, pollUntil, settled, text, turn } from '../../support/client.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { proxied } from '../../support/proxied.ts';
import { BYTES, ended, lostOf, MUCH, outcome, slow, streamOf, untilTaken } from '../../support/sending.ts';
import { type Script, type Servers, type TestServer, test } from '../../support/servers.ts';
import {
  connectionOf,
  heirOf,
  receiveRest,
  send,
  switching,
  UPGRADE,
  upgrade,
} from '../../support/streams.ts';

/** Each half of a stream ends by itself. */

const HI = new TextEncoder().encode('hi');

/** A proxy that passes each half on by itself. */
const tunnelTo = ({ host, port }: TestServer): Script => [
  { expectHead: true },
  { send: 'HTTP/1.1 200 OK\r\n\r\n' },
  { tunnelTo: { host, port } },
];

/** Clients of a server that switches protocols, by the ways there are. */
const WAYS: readonly [string, boolean, (servers: Servers, server: TestServer) => Promise<HTTPClient>][] = [
  ['TCP', false, (_servers, server) => upgrade(server)],
  ['TLS', true, async (servers, server) => upgrade(server, { ca: (await servers.authority()).cert })],
  ...([false, true] as const).flatMap((inner) =>
    ([false, true] as const).map((outer): (typeof WAYS)[number] => [
      `a tunnel (${outer ? 'https' : 'http'}), TLS inside: ${inner}`,
      inner,
      async (servers, server) => {
        const { cert: ca } = await servers.authority();
        const proxy = await servers.raw(tunnelTo(server), { tls: outer });
        if (inner) {
          const http = proxied(
            proxy,
            { scheme: outer ? 'https' : 'http' },
            { proxyTLS: TLSOptions.client(ca) },
          );
          http.connectToHost(server.host, server.port, TLSOptions.client(ca));
          await settled(http);
          return switched(http);
        }
        const http = await connect(proxy, outer ? { ca } : {});
        http.request(Method.CONNECT, `${server.host}:${server.port}`, []);
        await settled(http);
        return switched(heirOf(http));
      },
    ]),
  ),
];

async function switched(http: HTTPClient): Promise<HTTPClient> {
  const { code } = await get(http, '/chat', UPGRADE);
  expect([code, http.getLastError()]).toEqual([101, null]);
  return http;
}

describe.each(WAYS)('over %s', (_way, tls, open) => {
  test('shutdown() sends everything, then the end, and reading goes on', async ({ servers }) => {
    const server = await servers.raw([...slow(), { waitFor: 'speak' }, { send: 'late' }, { end: true }], {
      tls,
    });
    const http = await open(servers, server);
    const peer = connectionOf(http);
    peer.putData(BYTES);
    peer.shutdown();
    peer.shutdown();
    expect(http.getLastError()).toBeNull();
    expect(peer.putData(HI)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'STREAM_SHUT_DOWN' });
    expect(peer.putPartialData(HI)).toEqual([ErrorCode.ERR_FILE_CANT_WRITE, 0]);
    await untilTaken(http);
    server.release('read');
    checkPattern(await streamOf(server, MUCH));
    await server.ended();
    expect([http.getStatus(), peer.getUnsentBytes()]).toEqual([Status.CONNECTED, 0]);
    server.release('speak');
    const { bytes, error } = await receiveRest(http);
    expect([text(bytes), error, http.getStatus()]).toEqual([
      'late',
      ErrorCode.ERR_FILE_EOF,
      Status.DISCONNECTED,
    ]);
    await server.closed();
    http.close();
    // The refusals from above.
    expect(http.getLastError()?.code).toBe('STREAM_SHUT_DOWN');
  });

  test('the server’s end is not that of what is sent', async ({ servers }) => {
    const server = await servers.raw(slow({ send: 'bye' }, { end: true }), { tls });
    const http = await open(servers, server);
    const peer = connectionOf(http);
    expect(peer.putData(BYTES)).toBe(ErrorCode.OK);
    const { bytes, error } = await receiveRest(http);
    expect([text(bytes), error, http.getStatus()]).toEqual(['bye', ErrorCode.ERR_FILE_EOF, Status.CONNECTED]);
    server.release('read');
    await ended(http);
    expect([...outcome(http), peer.getUnsentBytes()]).toEqual([Status.DISCONNECTED, undefined, 0]);
    checkPattern(await streamOf(server, MUCH));
    // The other half is still open, for as long as it takes.
    expect(peer.putData(HI)).toBe(ErrorCode.OK);
    await ended(http);
    await streamOf(server, MUCH + 2);
    peer.shutdown();
    await server.closed();
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });
});

describe('behind the server’s end', () => {
  test.for([false, true])('a tick at a time, over TLS: %s', async (tls, { servers }) => {
    const server = await servers.raw(switching({ end: true }, { expectBytes: MUCH }), { tls });
    const http = await upgrade(server, tls ? { ca: (await servers.authority()).cert } : {});
    const peer = connectionOf(http);
    await pollUntil(http, 'the end', () => peer.getPartialData(1)[0] === ErrorCode.ERR_FILE_EOF);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
    await send(http, BYTES);
    peer.shutdown();
    checkPattern(await streamOf(server, MUCH));
    await server.closed();
    await ended(http);
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });

  test('putData() sleeps in blocking mode, and getData() does not', async ({ servers }) => {
    const server = await servers.raw(switching({ send: 'abc' }, { end: true }, { expectBytes: 4 * MUCH }));
    const http = await upgrade(server);
    http.blockingModeEnabled = true;
    const peer = connectionOf(http);
    for (let times = 0; times < 4; times++) expect(peer.putData(BYTES)).toBe(ErrorCode.OK);
    const [error, data] = peer.getData(10);
    expect([error, text(data)]).toEqual([ErrorCode.ERR_FILE_EOF, 'abc']);
    peer.shutdown();
    await server.closed();
    await streamOf(server, 4 * MUCH);
  });

  test('getData() does not sleep, though bytes are unsent', async ({ servers }) => {
    const server = await servers.raw(slow({ send: 'abc' }, { end: true }));
    const http = await upgrade(server);
    http.blockingModeEnabled = true;
    expect(connectionOf(http).putData(BYTES)).toBe(ErrorCode.OK);
    const [error, data] = connectionOf(http).getData(10);
    expect([error, text(data), http.getStatus()]).toEqual([ErrorCode.ERR_FILE_EOF, 'abc', Status.CONNECTED]);
  });

  test('a reset while bytes are unsent is a failure', async ({ servers }) => {
    const server = await servers.raw(
      switching({ pauseReading: true }, { send: 'abc' }, { end: true }, { waitFor: 'go' }, { reset: true }),
    );
    const http = await upgrade(server);
    const peer = connectionOf(http);
    peer.putData(BYTES);
    await receiveRest(http);
    await untilTaken(http);
    server.release('go');
    await ended(http);
    expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, expect.stringMatching(/ECONNRESET|EPIPE/)]);
    expect(peer.putData(HI)).toBe(ErrorCode.FAILED);
  });

  test('what can’t be read yet keeps nothing from being sent', async ({ servers }) => {
    const server = await servers.raw(slow({ send: new Uint8Array(100_000) }, { end: true }));
    const limits = { headSize: 256, headFields: 8 };
    const http = await upgrade(server, { bufferSize: 16_384, limits });
    const peer = connectionOf(http);
    peer.putData(BYTES);
    server.release('read');
    await pollUntil(http, 'everything to be sent', () => peer.getUnsentBytes() === 0);
    await streamOf(server, MUCH);
    expect(peer.putData(HI)).toBe(ErrorCode.OK);
    const { bytes, error } = await receiveRest(http);
    expect([bytes.length, error]).toEqual([100_000, ErrorCode.ERR_FILE_EOF]);
    await streamOf(server, MUCH + 2);
  });

  test('a FIN without close_notify is a failure over TLS, and says what it has cost', async ({ servers }) => {
    const server = await servers.raw(
      switching({ pauseReading: true }, { waitFor: 'go' }, { destroy: true }),
      {
        tls: true,
      },
    );
    const http = await upgrade(server, { ca: (await servers.authority()).cert });
    connectionOf(http).putData(BYTES);
    await untilTaken(http);
    server.release('go');
    await ended(http);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    lostOf(http);
  });
});

/** A stream of the test's own, which takes nothing until it is told to. */
class Line extends Duplex {
  readonly written: Buffer[] = [];
  #held: (() => void) | null = null;
  #holding = true;

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(bytes);
    if (this.#holding) this.#held = done;
    else done();
  }

  letGo(): void {
    this.#holding = false;
    this.#held?.();
  }
}

function over(duplex: Duplex): HTTPClient {
  const http = new HTTPClient();
  http.connection = StreamPeer.fromDuplex(duplex);
  onTestFinished(() => http[Symbol.dispose]());
  return http;
}

describe('a stream of the caller’s', () => {
  test('has sent what it has taken, and nothing before', async () => {
    const line = new Line();
    const http = over(line);
    const peer = connectionOf(http);
    peer.putData(HI);
    await pollUntil(http, 'hi to be there', () => line.written.length > 0);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(peer.getUnsentBytes()).toBe(2);
    line.letGo();
    await pollUntil(http, 'hi to be taken', () => peer.getUnsentBytes() === 0);
    http.close();
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });

  test('that is closed before is STREAM_TRUNCATED', async () => {
    const line = new Line();
    const http = over(line);
    connectionOf(http).putData(HI);
    await pollUntil(http, 'hi to be there', () => line.written.length > 0);
    http.close();
    expect(http.getLastError()).toMatchObject({
      code: 'STREAM_TRUNCATED',
      message: expect.stringContaining('2 bytes'),
    });
  });

  test('is ended by shutdown(), and read on', async () => {
    const line = new Line();
    line.letGo();
    const http = over(line);
    const finished = once(line, 'finish');
    connectionOf(http).putData(BYTES);
    connectionOf(http).shutdown();
    await finished;
    checkPattern(Buffer.concat(line.written));
    line.push('late');
    line.push(null);
    const { bytes, error } = await receiveRest(http);
    expect([text(bytes), error]).toEqual(['late', ErrorCode.ERR_FILE_EOF]);
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });

  test('that is half-open when it ends sends on', async () => {
    const line = new Line({ allowHalfOpen: true });
    const http = over(line);
    connectionOf(http).putData(BYTES);
    line.push(null);
    const { error } = await receiveRest(http);
    expect([error, http.getStatus()]).toEqual([ErrorCode.ERR_FILE_EOF, Status.CONNECTED]);
    line.letGo();
    await ended(http);
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
    checkPattern(Buffer.concat(line.written));
    expect(connectionOf(http).putData(HI)).toBe(ErrorCode.OK);
    connectionOf(http).shutdown();
    await once(line, 'finish');
    expect(Buffer.concat(line.written)).toHaveLength(MUCH + 2);
  });

  test('that is not half-open is STREAM_TRUNCATED at its end, unless it has taken everything', async () => {
    for (const taken of [false, true]) {
      const line = new Line({ allowHalfOpen: false });
      const http = over(line);
      if (taken) line.letGo();
      const peer = connectionOf(http);
      peer.putData(HI);
      await pollUntil(http, 'hi to be there', () => line.written.length > 0);
      if (taken) await pollUntil(http, 'hi to be taken', () => peer.getUnsentBytes() === 0);
      line.push(null);
      await ended(http);
      const expected = taken
        ? [Status.DISCONNECTED, undefined]
        : [Status.CONNECTION_ERROR, 'STREAM_TRUNCATED'];
      expect(outcome(http)).toEqual(expected);
      expect(peer.putData(HI)).toBe(taken ? ErrorCode.ERR_FILE_EOF : ErrorCode.FAILED);
    }
  });

  test('that is not half-open is not written to behind its end', async () => {
    const line = new Line({ allowHalfOpen: false });
    const errors: Error[] = [];
    line.on('error', (error) => errors.push(error));
    line.letGo();
    const http = over(line);
    connectionOf(http).getAvailableBytes();
    await pollUntil(http, 'it to be read', () => line.isPaused() === false);
    // Before the worker can know of the end.
    let accepted: ErrorCode = ErrorCode.FAILED;
    line.prependOnceListener('end', () => {
      accepted = connectionOf(http).putData(HI);
    });
    line.push(null);
    await ended(http);
    expect(accepted).toBe(ErrorCode.OK);
    expect([...outcome(http), errors]).toEqual([Status.CONNECTION_ERROR, 'STREAM_TRUNCATED', []]);
  });

  test('is not destroyed before it has ended', async () => {
    const finish: (() => void)[] = [];
    const line = new Line({ final: (done) => void finish.push(done) });
    line.letGo();
    const http = over(line);
    const peer = connectionOf(http);
    peer.putData(HI);
    line.push(null);
    await receiveRest(http);
    peer.shutdown();
    await pollUntil(http, 'its end to be asked for', () => finish.length > 0);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(line.destroyed).toBe(false);
    const finished = once(line, 'finish');
    finish[0]?.();
    await finished;
    await ended(http);
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });

  test('that was destroyed behind its end is a failure for who still sends', async () => {
    const line = new Line({ allowHalfOpen: true });
    const http = over(line);
    connectionOf(http).putData(HI);
    line.push(null);
    await receiveRest(http);
    line.destroy();
    await ended(http);
    expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, 'CONNECTION_CLOSED']);
    expect(http.getLastError()?.message).toContain('2 bytes that putData() had accepted were not sent');
  });

  test.for([true, false])('a socket, half-open: %s', async (allowHalfOpen, { servers }) => {
    const server = await servers.raw([
      { pauseReading: true },
      { waitFor: 'end' },
      { end: true },
      { waitFor: 'read' },
      { resumeReading: true },
    ]);
    const socket = connectSocket({ host: server.host, port: server.port, allowHalfOpen });
    await once(socket, 'connect');
    const http = over(socket);
    connectionOf(http).putData(BYTES);
    await untilTaken(http);
    server.release('end');
    await pollUntil(http, 'the end', () => connectionOf(http).getPartialData(1)[0] !== ErrorCode.OK);
    server.release('read');
    await ended(http);
    if (!allowHalfOpen) {
      expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, 'STREAM_TRUNCATED']);
      return;
    }
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
    connectionOf(http).shutdown();
    const { bytesReceived } = await server.closed();
    expect(bytesReceived).toBe(MUCH);
  });
});
