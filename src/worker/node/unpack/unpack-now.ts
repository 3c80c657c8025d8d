import type { Coding } from '../../unpack/decoder.ts';
import type { Step } from './format.ts';
import { FORMATS } from './formats.ts';
import { cutShort, explainZlib } from './unpack-error.ts';
import { unpackSync } from './zlib.ts';

/** See {@link Unpacking.unpackNow}. */
export function unpackNow(
  packed: Uint8Array,
  codings: readonly Coding[],
  most: number,
): Uint8Array<ArrayBuffer> | null {
  let bytes: Uint8Array | null = packed;
  for (const coding of codings.toReversed()) {
    if (bytes.length > 0) bytes = new Body(coding, bytes, most).unpack();
    if (bytes === null) return null;
  }
  return bytes.length > most ? null : new Uint8Array(bytes);
}

/** A body that is all there. */
class Body {
  readonly #coding: Coding;
  readonly #packed: Uint8Array;
  readonly #most: number;
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  #at = 0;
  /** What was opened last, and where its data begins. */
  #opened: Extract<Step, { kind: 'open' }> | null = null;
  #from = 0;

  constructor(coding: Coding, packed: Uint8Array, most: number) {
    this.#coding = coding;
    this.#packed = packed;
    this.#most = most;
  }

  /** Null: more would come of it, or it takes too long to do it at once. */
  unpack(): Uint8Array | null {
    try {
      const format = FORMATS[this.#coding]();
      for (let next = format.next(0); !next.done; ) {
        const answer = this.#take(next.value);
        if (answer === null) return null;
        if (answer === 'end') break;
        next = format.next(answer);
      }
      return joined(this.#parts, this.#size);
    } catch (error) {
      throw explainZlib(this.#coding, error);
    }
  }

  #take(step: Step): number | null | 'end' {
    switch (step.kind) {
      case 'open':
        this.#opened = step;
        this.#from = this.#at - step.start.length;
        return this.#parts.length < MOST_MEMBERS ? 0 : null;
      case 'pass':
        if (this.#at === this.#packed.length && step.mayEnd) return 'end';
        return this.#pass(step.count);
      case 'feed':
        return this.#pass(step.count);
      case 'feedAll':
        this.#at = this.#packed.length;
        return 0;
      case 'close':
        return this.#close();
    }
  }

  #pass(count: number): number {
    this.#at += count;
    const last = this.#packed[this.#at - 1];
    if (last === undefined) throw cutShort(this.#coding);
    return last;
  }

  #close(): number | null {
    if (this.#opened === null) return 0;
    const data = this.#packed.subarray(this.#from, this.#at);
    const unpacked = unpackSync(this.#opened.method, data, Math.max(1, this.#most - this.#size));
    if (unpacked === null) return null;
    this.#at = this.#from + unpacked.used;
    this.#opened.see(unpacked.bytes);
    this.#parts.push(unpacked.bytes);
    this.#size += unpacked.bytes.length;
    return this.#size > this.#most ? null : 0;
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts;
  if (only?.length === size) return only;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Many small ones take long, however little comes of them. */
const MOST_MEMBERS = 16;
