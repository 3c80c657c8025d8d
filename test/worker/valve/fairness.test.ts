import { connect, type OnReadOpts, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTLS } from 'node:tls';
import { describe, expect, vi } from 'vitest';
import { createMemory, RecordType } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { NOTHING_LENT } from '../../../src/worker/connection/lent.ts';
import type { Pace, TransportReader } from '../../../src/worker/connection/transport.ts';
import { SocketTransport } from '../../../src/worker/node/socket-transport.ts';
import { RingSink } from '../../../src/worker/sinks/ring-sink.ts';
import type { Valve } from '../../../src/worker/valve/valve.ts';
import { answerValve } from '../../support/answer-valve.ts';
import { eventually } from '../../support/eventually.ts';
import { type Servers, type TestServer, test } from '../../support/servers.ts';

const LIMITS = { maxHeadSize: 65_536, maxHeadFields: 256 };
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** The worker's side of a connection on this thread, and a caller that takes whatever is there once a turn. */
class Reading implements TransportReader {
  readonly transport = new SocketTransport(this, NOTHING_LENT);
  readonly answering = true;
  readonly #log: RingSink;
  readonly #reader: LogReader;
  readonly #valve: Valve;
  #reads = 0;
  #bytes = 0;
  /** In one turn of the event loop. */
  mostReads = 0;
  mostBytes = 0;
  turns = 0;
  yields = 0;
  bodies = 0;
  body = 0;
  ends = 0;
  error: unknown = null;

  constructor() {
    const memory = new Memory(createMemory(2 ** 22));
    this.#log = new RingSink(memory);
    this.#reader = new LogReader(memory);
    const body = this.#log.body.bind(this.#log);
    vi.spyOn(this.#log, 'body').mockImplementation((bytes, start, end) => {
      this.bodies += 1;
      body(bytes, start, end);
    });
    const { valve, expect } = answerValve(this.#log, LIMITS, 2 ** 20, {
      onHead: () => {},
      onEnd: () => {
        this.ends += 1;
      },
      onUnsolicited: () => {},
      onError: (error) => {
        this.error = error;
      },
    });
    this.#log.begin(1);
    this.#reader.open(1);
    this.#valve = valve;
    expect('GET');
  }

  buffer(): Uint8Array {
    return this.#valve.buffer();
  }

  read(count: number, buffer: Uint8Array) {
    this.#reads += 1;
    this.#bytes += count;
    const pace = this.#valve.read(count, buffer);
    if (pace === 'yield') this.yields += 1;
    return pace;
  }

  ended(): void {
    this.ends += 1;
  }

  failed(error: unknown): void {
    this.error ??= error;
  }

  streamed(): void {}

  shut(): void {}

  /** Reads until `bytes` bytes have come over the wire. */
  async until(bytes: number): Promise<void> {
    for (let received = 0; received < bytes; ) {
      await turn();
      this.turns += 1;
      received += this.#bytes;
      this.mostReads = Math.max(this.mostReads, this.#reads);
      this.mostBytes = Math.max(this.mostBytes, this.#bytes);
      this.#reads = 0;
      this.#bytes = 0;
      for (; this.#reader.peek() !== RecordType.NONE; ) {
        if (this.#reader.peek() === RecordType.BODY) this.body += this.#reader.borrowBody(2 ** 22).length;
        else this.#reader.next();
      }
      if (this.#reader.release() && this.#valve.wake()) this.transport.resume();
      if (this.error) throw this.error;
    }
  }

  /** Goes on until no turn is owed to others. */
  async untilEven(): Promise<void> {
    for (; this.transport.isCatchingUp(); this.turns += 1) await turn();
  }
}

/** What is said at once, in records of that size each, before anything of it is read. */
async function flood(
  servers: Servers,
  pieces: readonly (string | Uint8Array)[],
  tls: boolean,
): Promise<{ server: TestServer; reading: Reading; bytes: number }> {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const script = [{ waitFor: 'read' }, ...pieces.map((send) => ({ send })), { hold: true as const }];
  const server = await servers.raw(script, { tls });
  const reading = new Reading();
  const { onread } = reading.transport;
  const { host, port } = server;
  const socket = await (tls ? openTLS(host, port, onread) : open(host, port, onread));
  socket.pause();
  server.release('read');
  const enough = Math.min(bytes, 1_000_000);
  await eventually(() => expect(server.counts.sent).toBeGreaterThanOrEqual(enough));
  reading.transport.open(socket, true, () => false);
  socket.resume();
  return { server, reading, bytes };
}

function open(host: string, port: number, onread: OnReadOpts): Promise<Socket> {
  const socket = connect({ host, port, onread });
  return new Promise((resolve, reject) =>
    socket.once('connect', () => resolve(socket)).once('error', reject),
  );
}

function openTLS(host: string, port: number, onread: OnReadOpts): Promise<Socket> {
  const options = { host, port, rejectUnauthorized: false };
  const socket = connectTLS({ ...options, ...{ onread } });
  return new Promise((resolve, reject) =>
    socket.once('secureConnect', () => resolve(socket)).once('error', reject),
  );
}

describe('11. One connection never makes another of its thread wait: whatever a peer sends, it gets a bounded piece of a turn', () => {
  const SIZE = 1_000_000;
  const fill = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length));

  test.for([
    ['of one byte', '1\r\nx\r\n', 20_000],
    ['with an extension', '1;a=b\r\nx\r\n', 20_000],
    ['with blanks', '1 ; a="b"\r\nx\r\n', 20_000],
    ['with zeros', '0001\r\nx\r\n', 20_000],
    ['of sixteen bytes', '10\r\n0123456789abcdef\r\n', 70_000],
  ] as const)('of chunks %s', async ([, unit, most], { servers }) => {
    const { reading, bytes } = await flood(servers, [CHUNKED, fill(unit)], false);
    await reading.until(bytes);
    expect(reading.mostBytes).toBeLessThan(most);
    expect(reading.body).toBeGreaterThan(SIZE / 20);
    // A call for each read, not for each chunk: some more where a read ends inside of one.
    expect(reading.bodies).toBeLessThan((4 * SIZE) / 16_384 + 10);
  });

  test('of large chunks, which is more', async ({ servers }) => {
    const { reading, bytes } = await flood(
      servers,
      [CHUNKED, fill(`4000\r\n${'x'.repeat(16_384)}\r\n`)],
      false,
    );
    await reading.until(bytes);
    expect(reading.body).toBeGreaterThan(SIZE * 0.99);
    expect(reading.mostBytes).toBeLessThan(2_500_000);
    expect(reading.mostBytes).toBeGreaterThan(100_000);
  });

  test('of tiny TLS records as many as Node has read at once, for which others get turns in exchange', async ({
    servers,
  }) => {
    const tiny = Array.from('1\r\nx\r\n'.repeat(700));
    const { reading, bytes } = await flood(servers, [CHUNKED, ...tiny], true);
    await reading.until(bytes);
    expect(reading.body).toBe(700);
    await reading.untilEven();
    expect(reading.yields).toBeGreaterThan(tiny.length / 128);
    expect(reading.turns).toBeGreaterThanOrEqual(reading.yields);
  });

  test('and one that has to wait for its caller waits, also when its turn comes', async () => {
    const stream = new PassThrough();
    const paces: Pace[] = ['yield', 'stop'];
    const reader: TransportReader = {
      answering: true,
      buffer: () => new Uint8Array(1),
      read: () => paces.shift() ?? 'on',
      ended: () => {},
      failed: () => {},
      streamed: () => {},
      shut: () => {},
    };
    const transport = new SocketTransport(reader, NOTHING_LENT);
    transport.open(stream, false, () => false);
    stream.write('ab');
    await eventually(() => expect(paces).toEqual([]));
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(stream.isPaused()).toBe(true);
    transport.resume();
    expect(stream.isPaused()).toBe(false);
  });
});
