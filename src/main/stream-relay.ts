import { copyOf } from '../shared/copy.ts';
import { codeOf, isBytes, messageOf } from '../shared/kinds.ts';
import { type Port, RELAY_WINDOW, type RelayMessage, relayWeight } from '../shared/messages.ts';
import { bytesOf, describe } from './arguments.ts';
import { shared } from './copies.ts';

/** What `StreamPeer.fromDuplex` needs of a stream; every `Duplex` of Node has it. */
export interface DuplexLike {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done?: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
  readonly destroyed: boolean;
  /** Whether it still sends when the other side has ended; without it, it does not. */
  readonly allowHalfOpen?: boolean;
  readonly readableEnded?: boolean;
  readonly readableEncoding?: string | null;
  readonly readableObjectMode?: boolean;
  readonly writableObjectMode?: boolean;
}

export function isDuplex(value: unknown): value is DuplexLike {
  return METHODS.every((name) => typeof Reflect.get(Object(value), name) === 'function');
}

/** Throws for one that is known to carry something else than bytes. */
export function requireByteStream(stream: DuplexLike): void {
  const { readableEncoding, readableObjectMode, writableObjectMode } = stream;
  if (readableEncoding) throw new TypeError(`duplex must give bytes, not ${readableEncoding}: ${BYTES_ONLY}`);
  if (readableObjectMode || writableObjectMode)
    throw new TypeError(`duplex must carry bytes, not objects: ${BYTES_ONLY}`);
}

const BYTES_ONLY = 'make it without objectMode, and do not call its setEncoding()';

const METHODS = ['on', 'write', 'end', 'pause', 'resume', 'destroy'];

/**
 * Carries a stream of the caller's to its stand-in on the worker (relay-stream.ts) and back. Neither side
 * sends beyond the window: the
 * stream is paused when the worker has not asked for what it sent, and the worker stops when the stream has not taken
 * what it was given. The port of the worker is returned.
 */
export function relayStream(stream: DuplexLike): Port {
  relayed.add(stream);
  const { port1: port, port2 } = new MessageChannel();
  let underWay = 0;
  let failed = false;
  /** Nothing more can be written to it. */
  let over = false;
  const say = (message: RelayMessage): void => port.postMessage(message);
  /** Ends the connection. The port's end, which the worker answers with, then destroys the stream. */
  const fail = (error: string, code: string): void => {
    if (!failed) say({ error, code });
    failed = true;
  };
  const failWith = (error: unknown): void => fail(messageOf(error), codeOf(error) ?? 'STREAM_FAILED');
  /** Whatever the stream throws, and at whatever moment, is the end of its connection only. */
  const attempt = (act: () => unknown): void => {
    try {
      act();
    } catch (error) {
      failWith(error);
    }
  };

  const send = (chunk: unknown): void => {
    // Text can't be turned back into bytes: what its encoding does not know is lost.
    if (!isBytes(chunk)) {
      const what = typeof chunk === 'string' ? 'text' : describe(chunk);
      fail(`the stream gave ${what} instead of bytes: ${BYTES_ONLY}`, 'NOT_BYTES');
      return;
    }
    const bytes = copyOf(bytesOf('the chunk', chunk));
    underWay += relayWeight(bytes);
    port.postMessage({ bytes } satisfies RelayMessage, [bytes.buffer]);
    if (underWay >= RELAY_WINDOW) stream.pause();
  };
  /** It says nothing more; where it does not allow a half-open connection, Node then ends the other half, too. */
  const end = (): void => {
    const halfOpen = stream.allowHalfOpen === true;
    over ||= !halfOpen;
    say({ end: true, halfOpen });
  };
  const hear = (message: RelayMessage): void => {
    if ('bytes' in message) {
      // The worker tells that they were not sent.
      if (over) return;
      const { bytes } = message;
      stream.write(bytes, (error) => {
        // Node's streams emit it too, which comes later and says the same.
        if (error) failWith(error);
        else say({ passed: bytes.length });
      });
    } else if ('passed' in message) {
      const wasFull = underWay >= RELAY_WINDOW;
      underWay -= message.passed;
      if (wasFull && underWay < RELAY_WINDOW) stream.resume();
    } else stream.end(() => say({ finished: true }));
  };

  // Where the worker's side closes, the stream is not wanted any more.
  port.on('close', () => attempt(() => stream.destroy()));
  port.on('message', (message: RelayMessage) => attempt(() => hear(message)));
  // The stream keeps the program going as long as it has something to say, and not we.
  port.unref();
  attempt(() => {
    stream.on('error', failWith);
    stream.on('end', () => attempt(end));
    stream.on('close', () => port.close());
    stream.on('data', (chunk: unknown) => attempt(() => send(chunk)));
    // It may have been paused, and may be over.
    stream.resume();
    if (stream.readableEnded) end();
    if (stream.destroyed) port.close();
  });
  return port2;
}

/** A stream of the caller's that is to be carried. */
export interface Relayed {
  readonly stream: DuplexLike;
}

const relayed = shared<WeakSet<DuplexLike>>('relayed').get(() => new WeakSet());

/** It is some client's already, or was. */
export function isRelayed(stream: DuplexLike): boolean {
  return relayed.has(stream);
}
