import type { Reading } from '../replay.ts';
import type { Input } from './input.ts';
import { HttpError, ResponseParser } from './parser.ts';
import { Witness } from './witness.ts';

export interface Run {
  readonly witness: Witness;
  readonly error: HttpError | null;
  /** What was not consumed, bytes as characters. */
  readonly left: string;
  /** Everything that must be the same however the bytes come. */
  readonly trace: string;
  /** Bytes of the pieces behind which the head had yet to come. */
  readonly beforeHead: number;
}

/** A parser reads an input cut before each of `cuts`, which ascend. `witness.problem` says what is wrong. */
export function drive(input: Input, cuts: readonly number[], reading: Reading): Run {
  const { request, bytes } = input;
  const witness = new Witness(request);
  const parser = new ResponseParser(witness, request);
  witness.watch(parser);
  parser.start(request.method, request.upgrade);
  const delivery = new Delivery(parser, witness, reading);
  let error: HttpError | null = null;
  try {
    let start = 0;
    for (const end of [...cuts, bytes.length]) {
      delivery.deliver(bytes.subarray(start, end));
      start = end;
    }
    if (request.close) parser.finish();
  } catch (thrown) {
    if (thrown instanceof HttpError) error = thrown;
    else witness.report(`threw ${thrown}`);
  }
  checkRest(parser, witness, error);
  const { left, beforeHead } = delivery;
  if (error === null && left !== Buffer.from(bytes.subarray(bytes.length - left.length)).toString('latin1')) {
    witness.report('what is left is not how the input ends');
  }
  const trace = `${witness.events}\n${error?.code}\n${parser.active}\n${error === null ? left : ''}`;
  return { witness, error, left, trace, beforeHead };
}

/** An error ends everything, and so does the end; the message of an error is one short printable line. */
function checkRest(parser: ResponseParser, witness: Witness, error: HttpError | null): void {
  if (!parser.active && parser.keptBytes > 0) witness.report(`still holds ${parser.keptBytes} bytes`);
  if (!parser.active && parser.directBytes() > 0) witness.report('directBytes() outside of a response');
  if (error === null) return;
  if (parser.active) witness.report('active after an error');
  if (witness.ended) witness.report('an error after the end');
  if (!/^[ -~]{1,300}$/.test(error.message)) witness.report(`the message ${JSON.stringify(error.message)}`);
}

/** Bytes around a piece that are not the parser's business, though they would mean something to it. */
const AROUND = Buffer.from('\n0\r\n\r\n1: ;');
/** Used for every piece, and overwritten behind each: what a parser still needs, it has to copy. */
let memory = new Uint8Array(1024);

class Delivery {
  readonly #parser: ResponseParser;
  readonly #witness: Witness;
  readonly #reading: Reading;
  left = '';
  beforeHead = 0;

  constructor(parser: ResponseParser, witness: Witness, reading: Reading) {
    this.#parser = parser;
    this.#witness = witness;
    this.#reading = reading;
  }

  /** As an owner does: either all through the parser, or straight to its place where only body can come. */
  deliver(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length && this.#parser.active) {
      const certain = this.#reading === 'direct' ? this.#parser.directBytes() : 0;
      const count = Math.min(certain, piece.length - at);
      const used = count > 0 ? this.#skip(piece, at, count) : this.#feed(piece.subarray(at));
      if (used === 0 && this.#parser.active) throw new Error('nothing was consumed, and more is expected');
      at += used;
      this.#witness.checkHeld();
    }
    if (this.#parser.active && this.#witness.head === null) this.beforeHead += piece.length;
    this.left += Buffer.from(piece.buffer, piece.byteOffset + at, piece.length - at).toString('latin1');
  }

  #skip(piece: Uint8Array, at: number, count: number): number {
    this.#witness.direct(piece, at, at + count);
    this.#parser.skip(count);
    return count;
  }

  #feed(bytes: Uint8Array): number {
    const start = AROUND.length;
    const end = start + bytes.length;
    if (memory.length < end + AROUND.length) memory = new Uint8Array(2 * (end + AROUND.length));
    memory.set(AROUND);
    memory.set(bytes, start);
    memory.set(AROUND, end);
    this.#witness.feeding(memory, start, end);
    const next = this.#parser.feed(memory, start, end);
    if (next < start || next > end) throw new Error(`feed returned ${next} of ${start} to ${end}`);
    for (let at = next; at < end; at++) {
      if (memory[at] !== bytes[at - start]) throw new Error('feed overwrote what it did not consume');
    }
    memory.fill(0xff, start, end);
    return next - start;
  }
}
