import type { Coding } from '../../unpack/decoder.ts';
import type { Step } from './format.ts';
import { FORMATS } from './formats.ts';
import { cutShort, explainZlib } from './unpack-error.ts';
import { type Unpacked, unpackSync } from './zlib.ts';

/** Milliseconds that this turn of the event loop has spent on unpacking. */
let spent = 0;

/** Until then nothing is unpacked at once, because a body took too long for its size: it was made to do so. */
let closedUntil = 0;

/**
 * See {@link Unpacking.unpackNow}. It also returns null if the thread has no time, since other connections wait
 * meanwhile. Neither its packed nor its unpacked size tells how long a body takes (60 KB of empty blocks take 20 ms).
 * So the time is measured.
 */
export function unpackNow(packed: Uint8Array, codings: readonly Coding[], most: number): Uint8Array | null {
  const begin = performance.now();
  if (codings.length > 1 || spent > TURN || begin < closedUntil) return null;
  if (spent === 0) setImmediate(startTurn);
  let made = 0;
  try {
    const bytes = unpackAll(packed, codings, most);
    made = bytes?.length ?? most;
    return bytes;
  } finally {
    // Corrupt data counts, too: it may take as long.
    const end = performance.now();
    spent += end - begin;
    if (end - begin > SLOW + made / USUAL) closedUntil = end + PAUSE;
  }
}

function startTurn(): void {
  spent = 0;
}

/** Milliseconds. */
const TURN = 2;
const SLOW = 2;
const PAUSE = 5000;

/** Bytes unpacked per millisecond: far fewer than usual. */
const USUAL = 100_000;

/** The same, however long it takes. */
export function unpackAll(packed: Uint8Array, codings: readonly Coding[], most: number): Uint8Array | null {
  let bytes: Uint8Array | null = packed;
  for (const coding of codings.toReversed()) {
    if (bytes.length > 0) bytes = new Body(coding, bytes, most).unpack();
    if (bytes === null) return null;
  }
  return bytes.length > most ? null : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
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

  /** Null if the result is too large, or it would take too long to do it at once. */
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
        return this.#pass(step);
      case 'feed':
        return this.#pass(step);
      case 'feedAll':
        this.#at = this.#packed.length;
        return 0;
      case 'close':
        return this.#close();
    }
  }

  #pass(step: Extract<Step, { count: number }>): number {
    this.#at += step.count;
    const last = this.#packed[this.#at - 1];
    if (last !== undefined) return last;
    // As with a stream, an error in the existing bytes comes first.
    if (step.kind === 'feed') this.#unpack(this.#packed.length);
    throw cutShort(this.#coding);
  }

  #close(): number | null {
    const unpacked = this.#unpack(this.#at);
    if (unpacked === null) return null;
    this.#at = this.#from + unpacked.used;
    this.#opened?.see(unpacked.bytes);
    this.#parts.push(unpacked.bytes);
    this.#size += unpacked.bytes.length;
    return 0;
  }

  /** What was opened, up to there. */
  #unpack(end: number): Unpacked | null {
    if (this.#opened === null) return NOTHING;
    const data = this.#packed.subarray(this.#from, end);
    return unpackSync(this.#opened.method, data, Math.max(1, this.#most - this.#size));
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

/** Many small members take long, however little they unpack to. */
const MOST_MEMBERS = 16;

const NOTHING: Unpacked = { bytes: new Uint8Array(0), used: 0 };
