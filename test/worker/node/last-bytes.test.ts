import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import tls from 'node:tls';
import { describe, expect, vi } from 'vitest';
import { NOTHING_LENT } from '../../../src/worker/connection/lent.ts';
import type { Pace, TransportReader } from '../../../src/worker/connection/transport.ts';
import { SocketTransport } from '../../../src/worker/node/socket-transport.ts';
import { until } from '../../support/eventually.ts';
import { test } from '../../support/servers.ts';

const ANSWER = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nearly';
const REFUSAL = [{ expectHead: true }, { pauseReading: true }, { send: ANSWER }, { destroy: true }] as const;

/** Keeps what it reads, at the pace that it is told. */
class Reader implements TransportReader {
  readonly #memory = new Uint8Array(1000);
  answering = true;
  text = '';
  /** How it ended, and what had been read by then. */
  end: string | null = null;
  pace: Pace = 'on';

  buffer(): Uint8Array {
    return this.#memory;
  }

  read(count: number, buffer: Uint8Array): Pace {
    this.text += Buffer.from(buffer.subarray(0, count)).toString();
    return this.pace;
  }

  streamed(): void {}
  shut(): void {}

  ended(): void {
    this.end ??= `ended behind ${this.text}`;
  }

  failed(error: unknown): void {
    this.end ??= `${error instanceof Error ? error.message : 'failed'} behind ${this.text}`;
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

interface Open {
  readonly stream: Duplex;
  readonly transport: SocketTransport;
  readonly reader: Reader;
}

/** Nagle's algorithm would hold an answer back behind tickets, which only TLS 1.3 sends so late. */
const OLDER = { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;

async function open(kind: string, { host, port }: { host: string; port: number }): Promise<Open> {
  const reader = new Reader();
  const transport = new SocketTransport(reader, NOTHING_LENT);
  const { onread } = transport;
  const options = { host, port, onread };
  const secure = kind === 'TLS';
  const stream = secure ? tls.connect({ ...options, ...OLDER }) : net.connect(options);
  await once(stream, secure ? 'secureConnect' : 'connect');
  transport.open(stream, true, () => false);
  return { stream, transport, reader };
}

describe.each(['TCP', 'TLS'])('over %s', (kind) => {
  test('what the server had sent is read when a write fails', async ({ servers }) => {
    const server = await servers.raw(REFUSAL, { tls: kind === 'TLS' });
    const { stream, reader } = await open(kind, server);
    stream.write('PUT / HTTP/1.1\r\n\r\n');
    stream.write(new Uint8Array(100_000));
    server.blockUntil('the end', ({ closed }) => closed === 1);
    // The answer is here, and so is the reset behind it: this fails before anything can be read.
    stream.write(new Uint8Array(100_000));
    await until(() => reader.end !== null);
    expect(reader.text).toBe(ANSWER);
    expect(reader.end).toMatch(/^(?:write EPIPE|write ECONNRESET|ended) behind HTTP.*early$/s);
    expect(stream.destroyed).toBe(true);
  });

  test('also if the reader has no room for it, until it has', async ({ servers }) => {
    const [head, pause, ...rest] = REFUSAL;
    const script = [head, pause, { send: 'held' }, { waitFor: 'go' }, ...rest];
    const server = await servers.raw(script, { tls: kind === 'TLS' });
    const { stream, transport, reader } = await open(kind, server);
    reader.pace = 'stop';
    stream.write('PUT / HTTP/1.1\r\n\r\n');
    await until(() => reader.text === 'held');
    stream.write(new Uint8Array(100_000));
    server.release('go');
    server.blockUntil('the end', ({ closed }) => closed === 1);
    const failed = vi.fn();
    stream.write(new Uint8Array(100_000), failed);
    await until(() => failed.mock.calls.length > 0);
    await turns(10);
    expect([reader.text, reader.end]).toEqual(['held', null]);
    transport.resume();
    await until(() => reader.text !== 'held');
    await turns(10);
    expect(reader.end).toBeNull();
    transport.resume();
    await until(() => reader.end !== null);
    expect(reader.text).toBe(`held${ANSWER}`);
  });

  test('but a stream that is not read is given up', async ({ servers }) => {
    const [head, pause, ...rest] = REFUSAL;
    const script = [head, pause, { send: 'held' }, { waitFor: 'go' }, ...rest];
    const server = await servers.raw(script, { tls: kind === 'TLS' });
    const { stream, reader } = await open(kind, server);
    reader.answering = false;
    reader.pace = 'stop';
    stream.write('hello\r\n\r\n');
    await until(() => reader.text === 'held');
    stream.write(new Uint8Array(100_000));
    server.release('go');
    server.blockUntil('the end', ({ closed }) => closed === 1);
    stream.write(new Uint8Array(100_000));
    await until(() => reader.end !== null);
    expect(reader.end).toMatch(/^(?:write EPIPE|write ECONNRESET) behind held/);
  });

  test('a destroyed transport waits for nothing', async ({ servers }) => {
    const server = await servers.raw(REFUSAL, { tls: kind === 'TLS' });
    const { stream, transport, reader } = await open(kind, server);
    stream.write('PUT / HTTP/1.1\r\n\r\n');
    stream.write(new Uint8Array(100_000));
    server.blockUntil('the end', ({ closed }) => closed === 1);
    stream.write(new Uint8Array(100_000));
    transport.destroy();
    expect(stream.destroyed).toBe(true);
    await once(stream, 'close');
    expect([reader.text, reader.end]).toEqual(['', null]);
  });
});
