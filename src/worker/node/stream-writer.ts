import type { Duplex } from 'node:stream';
import { PIECE_BYTES } from '../../shared/pieces.ts';
import type { Lent } from '../connection/lent.ts';
import type { TransportReader } from '../connection/transport.ts';

/** What the writer reports about the bytes, and their memory. */
interface WriterTools extends Pick<TransportReader, 'streamed' | 'shut'> {
  readonly lent: Lent;
}

/**
 * The bytes of a stream on their way to the system. They are written in pieces, one or two at a time, for two reasons.
 * A TLS socket encrypts at once all that it is given, and would block every other connection of the thread meanwhile.
 * And only the callback of a write says what the system has taken: a single large write would report nothing for
 * minutes. The next pieces wait for a turn of the event loop, in which other connections are served, as in upload.ts.
 *
 * A stream reports a failure by its `error` event. Bytes that it had not taken by then stay `unsent`.
 */
export class StreamWriter {
  readonly #stream: Duplex;
  readonly #tools: WriterTools;
  #pieces: Uint8Array[] = [];
  /** The index of the first piece that the stream was not given yet. Shifting a long list would take too long. */
  #next = 0;
  /** Bytes that the stream was given, and the system has not taken. */
  #underWay = 0;
  #unsent = 0;
  /** Goes on in the next turn of the event loop. */
  #waiting = false;
  #ending = false;
  #used = false;
  #givenUp = false;

  constructor(stream: Duplex, tools: WriterTools) {
    this.#stream = stream;
    this.#tools = tools;
  }

  /** Bytes that were accepted, and that the system has not taken. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Bytes were sent, and the system has taken all of them. It may not have delivered them yet. */
  get deliversRest(): boolean {
    return this.#used && this.#unsent === 0;
  }

  /** Whether bytes can still be sent, or are on their way, when the peer sends nothing more. */
  get outlivesReading(): boolean {
    const { allowHalfOpen, writableFinished, destroyed } = this.#stream;
    return allowHalfOpen && !writableFinished && !destroyed;
  }

  write(bytes: Uint8Array): void {
    this.#used = true;
    this.#unsent += bytes.length;
    if (this.#givenUp) {
      this.#tools.lent.giveBack(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      this.#tools.lent.hold(piece);
      this.#pieces.push(piece);
    }
    if (!this.#waiting) this.#goOn();
  }

  /** Sends what was written, then FIN. */
  end(): void {
    this.#ending = true;
    if (!this.#waiting) this.#goOn();
  }

  /** Hands everything to the stream at once, so that something else can be written behind it. */
  flush(): void {
    while (this.#next < this.#pieces.length) this.#give();
  }

  /** Drops what the stream was not given yet. Bytes that are written later are dropped, too; all stay `unsent`. */
  giveUp(): void {
    this.#givenUp = true;
    const waiting = this.#pieces.slice(this.#next);
    this.#pieces = [];
    this.#next = 0;
    for (const piece of waiting) this.#tools.lent.release(piece);
  }

  readonly #goOn = (): void => {
    this.#waiting = false;
    while (this.#underWay < PIECE && this.#next < this.#pieces.length) this.#give();
    if (this.#next < this.#pieces.length) return;
    this.#pieces = [];
    this.#next = 0;
    if (this.#ending && !this.#stream.writableEnded) this.#stream.end(this.#ended);
  };

  #give(): void {
    const piece = this.#pieces[this.#next] ?? NOTHING;
    // The memory of this piece must not be kept while the others wait.
    this.#pieces[this.#next] = NOTHING;
    this.#next += 1;
    this.#underWay += piece.length;
    this.#stream.write(piece, (error) => {
      const { length } = piece;
      // Its memory may go back now, and then the piece is empty.
      this.#tools.lent.release(piece);
      if (!error) this.#taken(length);
    });
  }

  #taken(count: number): void {
    this.#underWay -= count;
    this.#unsent -= count;
    this.#tools.streamed(count);
    if (this.#waiting || this.#next === this.#pieces.length) return;
    this.#waiting = true;
    setImmediate(this.#goOn);
  }

  readonly #ended = (): void => {
    if (this.#stream.writableFinished) this.#tools.shut();
  };
}

const NOTHING = new Uint8Array(0);

/** Smaller ones cost more system calls: in pieces of 64 KiB a stream took a fifth more of the processor. */
const PIECE = PIECE_BYTES;
