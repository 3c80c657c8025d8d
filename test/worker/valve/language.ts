import type { Wire } from '../../../src/worker/valve/wire.ts';

/**
 * What the peers of these tests say. To a valve it is much like HTTP: some bytes are framing, some are body, some are
 * kept until all of a piece is there, and behind the end of an answer it has to wait for the next request, or for word
 * of what the rest is.
 *
 *     BODY n n end ...   so many bytes of body; the answer ends with the last one, unless `end` is 0
 *     ONE .              one byte of body
 *     KEPT n ...         so many bytes of body, told when all of them are there
 *     RECORD n ...       a record of so many bytes, likewise; a filler follows, as long as all headers that it costs
 *     FILLER n ...       nothing
 *     END end            the answer ends here
 */
const Op = { BODY: 0, ONE: 1, KEPT: 2, RECORD: 3, FILLER: 4, END: 5 } as const;
const OP_BYTES = [4, 1, 2, 2, 2, 2];

/** How an answer ends. */
export interface End {
  /** What comes behind it is held. Otherwise nothing comes before the next request. */
  readonly held: boolean;
  /** Its END is put into the log later than the last of its bytes, and is seen together with them. */
  readonly late: boolean;
}

/** `end` is a place in here, counted from 1. */
const ENDS: readonly End[] = [
  { held: false, late: false },
  { held: false, late: true },
  { held: true, late: false },
  { held: true, late: true },
];

export type Random = (limit: number) => number;

/** What the peer says from byte `at` on it says when it is `asked`, or when the caller has all that is before it. */
export interface Gate {
  readonly at: number;
  readonly asked: boolean;
}

export interface Speech {
  readonly bytes: Uint8Array;
  /** Where the peer waits; in order. */
  readonly gates: readonly Gate[];
  /** From here on all bytes are body: what was held there is a stream. */
  readonly streamFrom: number;
}

export interface SpeechLimits {
  readonly length: number;
  readonly longestBody: number;
  readonly keeps: 'nothing' | 'body' | 'body and records';
  readonly longestKept: number;
}

export function compose(random: Random, limits: SpeechLimits): Speech {
  const { length, longestBody, keeps, longestKept } = limits;
  const bytes: number[] = [];
  const gates: Gate[] = [];
  const say = (count: number) => {
    for (let said = 0; said < count; said++) bytes.push(random(256));
  };
  const sayBody = (count: number, end: number) => {
    bytes.push(Op.BODY, count & 255, count >> 8, end);
    say(count);
  };
  const sayShort = (op: number, count: number) => {
    bytes.push(op, count);
    say(count);
  };
  const pieces = [
    () => sayBody(random(longestBody), 0),
    () => bytes.push(Op.ONE, random(256)),
    () => sayShort(Op.FILLER, random(250)),
    () => keeps !== 'nothing' && sayShort(Op.KEPT, 1 + random(longestKept)),
    () => {
      if (keeps !== 'body and records') return;
      sayShort(Op.RECORD, 1 + random(longestKept));
      sayShort(Op.FILLER, HEADERS_OF_RECORD);
    },
  ];
  const pause = () => {
    if (random(20) === 0) gates.push({ at: bytes.length, asked: false });
  };
  // Most are of one kind, so that each is tried in masses.
  const favourite = random(pieces.length);
  const answer = 2 + random(60);
  while (bytes.length < length) {
    pieces[random(3) > 0 ? favourite : random(pieces.length)]?.();
    pause();
    if (random(answer) > 0) continue;
    const end = 1 + random(ENDS.length);
    if (random(2) === 0) bytes.push(Op.END, end);
    else sayBody(1 + random(longestBody), end);
    if (!ENDS[end - 1]?.held) gates.push({ at: bytes.length, asked: true });
    else if (random(3) === 0) {
      const streamFrom = bytes.length;
      while (bytes.length < streamFrom + length / 2) {
        say(1 + random(longestBody));
        pause();
      }
      return { bytes: Uint8Array.from(bytes), gates, streamFrom };
    }
  }
  return { bytes: Uint8Array.from(bytes), gates, streamFrom: Number.POSITIVE_INFINITY };
}

/** A record's header and padding, and those of the body before and behind it. */
const HEADERS_OF_RECORD = 96;

/** What a {@link Listener} has understood. */
export interface Listening {
  body(bytes: Uint8Array, start: number, end: number): void;
  record(payload: Uint8Array): void;
  /** The end of an answer; `rest` came behind it. */
  end(end: End, rest: Uint8Array): void;
}

/** Understands the language. */
export class Listener implements Wire {
  readonly #listening: Listening;
  readonly #head: number[] = [];
  #bodyLeft = 0;
  #fillerLeft = 0;
  readonly #kept: number[] = [];
  #keptLeft = 0;
  /** With the body the answer ends. */
  #end: End | null = null;
  /** False behind the end of an answer, until it is known what comes. Then it must be given nothing. */
  active = true;

  constructor(listening: Listening) {
    this.#listening = listening;
  }

  get keptBytes(): number {
    return this.#kept.length;
  }

  directBytes(): number {
    return this.#bodyLeft;
  }

  passed(count: number): void {
    if (count > this.#bodyLeft) throw new Error(`${count} bytes passed, of ${this.#bodyLeft}`);
    this.#bodyLeft -= count;
    this.#tellEnd(NOTHING, 0, 0);
  }

  take(bytes: Uint8Array, count: number): number {
    if (!this.active) throw new Error(`${count} bytes behind the end of an answer were not held`);
    let bodyBytes = 0;
    for (let at = 0; at < count && this.active; ) {
      const piece = bytes.subarray(at, count);
      if (this.#bodyLeft > 0) {
        const end = Math.min(count, at + this.#bodyLeft);
        this.#listening.body(bytes, at, end);
        this.#bodyLeft -= end - at;
        bodyBytes += end - at;
        at = end;
      } else at += this.#takeOther(piece);
      this.#tellEnd(bytes, at, count);
    }
    // As a wire may.
    bytes.fill(Op.END, 0, count);
    return bodyBytes;
  }

  #takeOther(bytes: Uint8Array): number {
    const filler = Math.min(bytes.length, this.#fillerLeft);
    this.#fillerLeft -= filler;
    if (filler > 0) return filler;
    if (this.#keptLeft > 0) return this.#keep(bytes.subarray(0, this.#keptLeft));
    this.#head.push(bytes[0] ?? 0);
    this.#readHead();
    return 1;
  }

  #readHead(): void {
    const [op = 0, low = 0, high = 0, end = 0] = this.#head;
    if (this.#head.length < (OP_BYTES[op] ?? 1)) return;
    this.#head.length = 0;
    if (op === Op.ONE) this.#bodyLeft = 1;
    else if (op === Op.BODY) this.#bodyLeft = low + 256 * high;
    else if (op === Op.FILLER) this.#fillerLeft = low;
    else if (op !== Op.END) {
      // What the kept bytes are is told by the first of them.
      this.#kept.push(op);
      this.#keptLeft = low;
    }
    this.#end = ENDS[(op === Op.END ? low : end) - 1] ?? null;
  }

  #keep(bytes: Uint8Array): number {
    this.#kept.push(...bytes);
    this.#keptLeft -= bytes.length;
    if (this.#keptLeft > 0) return bytes.length;
    const [op, ...rest] = this.#kept.splice(0);
    const payload = Uint8Array.from(rest);
    if (op === Op.RECORD) this.#listening.record(payload);
    else this.#listening.body(payload, 0, payload.length);
    return bytes.length;
  }

  #tellEnd(bytes: Uint8Array, restFrom: number, restTo: number): void {
    const end = this.#end;
    if (end === null || this.#bodyLeft > 0) return;
    this.#end = null;
    this.active = false;
    this.#listening.end(end, bytes.slice(restFrom, restTo));
  }
}

const NOTHING = new Uint8Array(0);

/** A caller's events: a byte of body, one of a record, the end of a record, an END with its argument. */
export const Event = { BODY: 0, RECORD: 0x100, RECORD_END: 0x200, END: 0x400 } as const;

/** What a caller must hear when `count` bytes of `speech` have come, if `change` is done to the body. */
export function understand(
  { bytes, streamFrom }: Speech,
  count: number,
  change: (byte: number) => readonly number[],
): number[] {
  const events: number[] = [];
  let unheard: Uint8Array = bytes.slice(0, Math.min(count, streamFrom));
  const listener = new Listener({
    body: (piece, start, end) => {
      for (const byte of piece.subarray(start, end)) events.push(...change(byte));
    },
    record: (payload) => {
      for (const byte of payload) events.push(Event.RECORD + byte);
      events.push(Event.RECORD_END);
    },
    end: (_kind, rest) => {
      events.push(Event.END + 1);
      unheard = rest;
    },
  });
  while (unheard.length > 0) {
    const piece = unheard;
    unheard = unheard.subarray(unheard.length);
    listener.active = true;
    listener.take(piece, piece.length);
  }
  for (const byte of bytes.subarray(streamFrom, Math.max(count, streamFrom))) events.push(...change(byte));
  return events;
}
