import { Duplex } from 'node:stream';
import { type Port, type RelayMessage, relayWeight } from '../../shared/messages.ts';
import { ConnectionError } from '../connection/connection-error.ts';

/** Reports to Node that a write, or the end, is done. */
type Done = (error?: Error | null) => void;

/**
 * The stand-in for a stream that lives on the caller's thread (stream-relay.ts). Bytes that came here count as passed
 * on when the reader asks for more. Bytes that were sent count as passed on when the other stream has taken them; until
 * then the write is under way.
 */
export class RelayStream extends Duplex {
  readonly #port: Port;
  /** The weight of what was pushed since the reader last asked for more. */
  #pushed = 0;
  /** Bytes that were sent, and that the other side has not passed on yet. */
  #underWay = 0;
  #written: Done | null = null;
  #finished: Done | null = null;
  /** Nothing more comes. */
  #over = false;
  /** Counts like that of a socket. */
  bytesWritten = 0;

  constructor(port: Port) {
    super({ allowHalfOpen: false });
    this.#port = port;
    port.on('message', (message: RelayMessage) => this.#hear(message));
    port.on('close', () => {
      // What came before the end may not have been read yet.
      if (this.#over && !this.readableEnded) this.once('end', () => this.destroy());
      else this.destroy();
    });
  }

  #hear(message: RelayMessage): void {
    if ('bytes' in message) {
      this.#pushed += relayWeight(message.bytes);
      this.push(message.bytes);
    } else if ('passed' in message) {
      this.#underWay -= message.passed;
      this.#goOnIfPassed();
    } else if ('end' in message) {
      this.#over = true;
      this.allowHalfOpen = message.halfOpen;
      this.push(null);
    } else if ('finished' in message) this.#finished?.();
    else this.destroy(new ConnectionError(message.code, message.error));
  }

  #goOnIfPassed(): void {
    if (this.#underWay > 0) return;
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  override _read(): void {
    if (this.#pushed === 0) return;
    this.#say({ passed: this.#pushed });
    this.#pushed = 0;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#writeAll([bytes], done);
  }

  /** Writes the pieces that came while a write was under way. */
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    const pieces = chunks.map(({ chunk }) => chunk);
    this.#writeAll(pieces, done);
  }

  #writeAll(pieces: readonly Buffer[], done: Done): void {
    this.#written = done;
    for (const bytes of pieces) {
      this.#underWay += bytes.length;
      this.bytesWritten += bytes.length;
      // A copy, since a view would be posted with all of the memory behind it.
      const copy = new Uint8Array(bytes);
      this.#port.postMessage({ bytes: copy } satisfies RelayMessage, [copy.buffer]);
    }
    this.#goOnIfPassed();
  }

  override _final(done: Done): void {
    this.#finished = done;
    this.#say({ end: true, halfOpen: true });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    // Node does not call back for a write that is under way here. Without this its memory would never go back.
    const written = this.#written;
    this.#written = null;
    written?.(error ?? new ConnectionError('CONNECTION_CLOSED', 'the stream was destroyed'));
    done(error);
  }

  #say(message: RelayMessage): void {
    this.#port.postMessage(message);
  }
}
