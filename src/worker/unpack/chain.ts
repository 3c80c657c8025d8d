import type { Coding, Decoder, DecoderEvents, Unpacking } from './decoder.ts';

/** A decoder that undoes `codings` (at least one) from the last to the first. */
export function chain(codings: readonly Coding[], unpacking: Unpacking, events: DecoderEvents): Decoder {
  const [coding, ...others] = codings;
  if (coding === undefined) throw new RangeError('A body that is not packed needs no decoder.');
  if (others.length === 0) return unpacking.decoder(coding, events);
  return new Pair(others, coding, unpacking, events);
}

/** Two decoders in a row: the second unpacks what the first returns. */
class Pair implements Decoder {
  readonly #first: Decoder;
  readonly #second: Decoder;
  readonly #events: DecoderEvents;
  /** `end()` of the second was called. */
  #ended = false;
  #closed = false;

  constructor(others: readonly Coding[], last: Coding, unpacking: Unpacking, events: DecoderEvents) {
    this.#events = events;
    const onError = (error: unknown): void => this.#fail(error);
    this.#first = chain(others, unpacking, { onProgress: () => this.#onProgress(), onError });
    this.#second = unpacking.decoder(last, { onProgress: () => this.#onProgress(), onError });
  }

  get pending(): number {
    return this.#first.pending + this.#second.pending;
  }

  get finished(): boolean {
    return this.#second.finished;
  }

  write(packed: Uint8Array): void {
    this.#first.write(packed);
  }

  end(): void {
    this.#first.end();
  }

  read(most: number): Uint8Array | null {
    const bytes = this.#second.read(most);
    // Then something is pending as long as more may come.
    if (bytes === null && !this.#closed) this.#pump();
    return bytes;
  }

  #onProgress(): void {
    if (this.#closed) return;
    this.#pump();
    this.#events.onProgress();
  }

  /** Feeds the second decoder, but only while it has little to do: the output of the first may be large. */
  #pump(): void {
    while (this.#second.pending < MOST_PENDING) {
      const bytes = this.#first.read(PIECE);
      if (bytes === null) break;
      this.#second.write(bytes);
    }
    if (this.#ended || !this.#first.finished) return;
    this.#ended = true;
    this.#second.end();
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#events.onError(error);
  }

  close(): void {
    this.#closed = true;
    this.#first.close();
    this.#second.close();
  }
}

/** Bytes between two decoders. */
const PIECE = 65_536;
const MOST_PENDING = 65_536;
