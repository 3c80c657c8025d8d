import { sharedByCopies } from '../options/copies.ts';

/** What `StreamPeer.fromDuplex()` needs from a stream. Every `Duplex` of Node has it. */
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
  /** Whether it still sends after the other side has ended. Only `true` means that it does. */
  readonly allowHalfOpen?: boolean;
  readonly readableEnded?: boolean;
  readonly readableEncoding?: string | null;
  readonly readableObjectMode?: boolean;
  readonly writableObjectMode?: boolean;
}

export function isDuplex(value: unknown): value is DuplexLike {
  return METHODS.every((name) => typeof Reflect.get(Object(value), name) === 'function');
}

/** Throws for a stream that is known to carry something other than bytes. */
export function requireByteStream(stream: DuplexLike): void {
  const { readableEncoding, readableObjectMode, writableObjectMode } = stream;
  if (readableEncoding) throw new TypeError(`duplex must give bytes, not ${readableEncoding}: ${BYTES_ONLY}`);
  if (readableObjectMode || writableObjectMode)
    throw new TypeError(`duplex must carry bytes, not objects: ${BYTES_ONLY}`);
}

/** The advice for a stream that carries something else. */
export const BYTES_ONLY = 'make it without objectMode, and do not call its setEncoding()';

const METHODS = ['on', 'write', 'end', 'pause', 'resume', 'destroy'];

/** A caller's stream, over which a client speaks HTTP. */
export interface CallerStream {
  readonly stream: DuplexLike;
}

const relayed = sharedByCopies<WeakSet<DuplexLike>>('relayed').getOrMake(() => new WeakSet());

/** Whether the stream belongs to a client, or did. */
export function isRelayed(stream: DuplexLike): boolean {
  return relayed.has(stream);
}

/** From here on the stream belongs to a client. */
export function markRelayed(stream: DuplexLike): void {
  relayed.add(stream);
}
