import type { Duplex } from 'node:stream';
import type { TransportReader } from '../connection/transport.ts';

/** What the writer reports about the bytes. */
type WriterEvents = Pick<TransportReader, 'streamed' | 'shut'>;

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
  readonly #events: WriterEvents;
  #pieces: Uint8Array[] = [];
  /** The index of the first piece that the stream was not given yet. Shifting a long list would take too long. */
  #next = 0;
  /** Bytes that the stream was given, and the system has not taken. */
  #underWay = 0;
  #unsent = 0;
  /** Goes on in the next turn of the event loop. */
  #waiting = false;
  #ending = false;

  constructor(stream: Duplex, events: WriterEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  /** Bytes that were accepted, and that the system has not taken. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Whether bytes can still be sent, or are on their way, when the peer sends nothing more. */
  get outlivesReading(): boolean {
    const { allowHalfOpen, writableFinished, destroyed } = this.#stream;
    return allowHalfOpen && !writableFinished && !destroyed;
  }

  write(bytes: Uint8Array): void {
    this.#unsent += bytes.length;
    for (let at = 0; at < bytes.length; at += PIECE) this.#pieces.push(bytes.subarray(at, at + PIECE));
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
      if (!error) this.#taken(piece.length);
    });
  }

  #taken(count: number): void {
    this.#underWay -= count;
    this.#unsent -= count;
    this.#events.streamed(count);
    if (this.#waiting || this.#next === this.#pieces.length) return;
    this.#waiting = true;
    setImmediate(this.#goOn);
  }

  readonly #ended = (): void => {
    if (this.#stream.writableFinished) this.#events.shut();
  };
}

const NOTHING = new Uint8Array(0);

/** Bytes. Smaller ones cost more system calls: in pieces of 64 KiB a stream took a fifth more of the processor. */
const PIECE = 2 ** 20;
