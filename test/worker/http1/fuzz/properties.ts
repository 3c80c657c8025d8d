import { Random } from '../random.ts';
import { READINGS } from '../replay.ts';
import { drive, type Run } from './drive.ts';
import type { Input } from './input.ts';
import { HttpError, ResponseParser } from './parser.ts';
import { Witness } from './witness.ts';

/**
 * What holds for every input, or what does not:
 *
 * - nothing is thrown but an HttpError; every call of `feed` consumes something, or is the last
 * - no more is read for a head than the limits allow, interim ones included, and no more held at any moment
 * - the events are well-formed and in order (well-formed.ts, witness.ts)
 * - they are the same wherever the input is cut, and whether a body goes through the parser or past it
 * - after the end and after an error nothing comes, and nothing is consumed until `start()`; then all is new
 *
 * That `feed` comes back at all is for bounded.ts to see.
 */
export function findProblem(input: Input): string | null {
  const whole = drive(input, [], 'fed');
  if (whole.witness.problem !== null) return `in one piece: ${whole.witness.problem}`;
  const readings = READINGS.filter((reading) => reading === 'fed' || whole.witness.body !== '');
  for (const cuts of waysToCut(input)) {
    for (const reading of readings) {
      const run = drive(input, cuts, reading);
      const problem = compare(whole, run) ?? limitsProblem(input, run);
      if (problem !== null) return `body ${reading}, cut before ${describeCuts(cuts)}: ${problem}`;
    }
  }
  return reuseProblem(input);
}

function compare(whole: Run, other: Run): string | null {
  if (other.witness.problem !== null) return other.witness.problem;
  if (other.trace === whole.trace) return null;
  return `not the same events: ${JSON.stringify(other.trace)} instead of ${JSON.stringify(whole.trace)}`;
}

/** Up to this length each single cut is tried; up to {@link LONG} of one input in sixteen, else a few. */
const SHORT = 48;
const LONG = 600;
const FEW = 6;

function* waysToCut({ seed, bytes }: Input): Generator<readonly number[]> {
  const inside = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1);
  yield inside;
  const random = new Random(seed);
  for (const pieces of [2, 5, 20]) yield inside.filter(() => random.below(bytes.length) < pieces);
  const all = bytes.length <= SHORT || (bytes.length <= LONG && seed % 16 === 0);
  if (all) for (const at of inside) yield [at];
  else for (let count = 0; count < FEW; count++) yield [random.pick(inside)];
}

function describeCuts(cuts: readonly number[]): string {
  return cuts.length > 30 ? `${cuts.slice(0, 30).join(', ')} ...` : cuts.join(', ') || 'nothing';
}

const SHORTEST_FIELD = 'A:\n'.length;

/** Counts again, from the bytes, what was read before a head: also of interim responses, which nobody sees. */
function limitsProblem({ request, bytes }: Input, { beforeHead, witness }: Run): string | null {
  const { maxHeadSize, maxHeadFields } = request;
  const size = witness.head === null ? beforeHead : beforeHead + 1;
  if (size > maxHeadSize) return `${size} bytes are read for a head`;
  if (size < maxHeadFields * SHORTEST_FIELD) return null;
  const lines = Buffer.from(bytes.subarray(0, beforeHead)).toString('latin1').split('\n').slice(0, -1);
  const fields = lines.filter((line) => !/^(?:HTTP|[ \t]|\r?$)/.test(line)).length;
  return fields > maxHeadFields ? `${fields} fields are read for a head` : null;
}

const NEXT = Uint8Array.from(
  Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n'),
);
const NEXT_EVENTS = '200,1,-1,true,true\nTransfer-Encoding: chunked\n\nhi\nA: b\n\ntrue';

/** Behind an input nothing is consumed before `start()`; then a response is read as by a new parser. */
function reuseProblem({ request, bytes }: Input): string | null {
  const witness = new Witness(request);
  const parser = new ResponseParser(witness, request);
  parser.start(request.method, request.upgrade);
  attempt(() => parser.feed(bytes.slice(), 0, bytes.length));
  if (request.close) attempt(() => parser.finish());
  const { events } = witness;
  if (!parser.active) {
    if (parser.feed(NEXT, 0, NEXT.length) !== 0) return 'bytes are consumed before start()';
    parser.skip(0);
    parser.finish();
    if (witness.events !== events) return 'events before start()';
  }
  witness.begin();
  parser.start('GET', false);
  attempt(() => parser.feed(NEXT.slice(), 0, NEXT.length));
  const roomy = request.maxHeadSize >= NEXT.length && request.maxHeadFields > 0;
  const same = witness.events === NEXT_EVENTS && !parser.active;
  return same || !roomy ? null : `the next response is not read as by a new parser: ${witness.events}`;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
  }
}
