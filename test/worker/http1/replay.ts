import { HttpError } from '../../../src/worker/http1/parser/http-error.ts';
import { ResponseParser } from '../../../src/worker/http1/parser/response-parser.ts';
import { escapeBytes, type Request } from './notation.ts';
import { Recorder } from './recorder.ts';

/** How an owner reads: everything through the parser, or straight into its ring wherever only body can come. */
export type Reading = 'fed' | 'direct';
export const READINGS: readonly Reading[] = ['fed', 'direct'];

/** The events of one response whose bytes come in the given pieces. */
export function replay(request: Request, pieces: readonly Uint8Array[], reading: Reading): string {
  const recorder = new Recorder();
  const parser = new ResponseParser(recorder, request);
  const left: number[] = [];
  parser.start(request.method, request.upgrade);
  try {
    for (const piece of pieces) left.push(...deliver(parser, recorder, piece, reading));
    if (request.close) parser.finish();
    if (parser.active) recorder.note('waiting');
    if (left.length > 0) recorder.note(`left "${escapeBytes(Uint8Array.from(left))}"`);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    recorder.note(`error ${error.code}`);
    if (parser.active) recorder.note('still active');
    if (parser.keptBytes > 0) recorder.note(`still holds ${parser.keptBytes} bytes`);
  }
  return recorder.text();
}

/** Hands one piece to the parser as its owner would; returns what the parser did not consume. */
export function deliver(
  parser: ResponseParser,
  recorder: Recorder,
  piece: Uint8Array,
  reading: Reading,
): Uint8Array {
  let at = 0;
  while (at < piece.length && parser.active) {
    const direct = reading === 'direct' ? Math.min(parser.directBytes(), piece.length - at) : 0;
    if (direct > 0) {
      recorder.direct(piece.subarray(at, at + direct));
      parser.skip(direct);
      at += direct;
    } else {
      at += feed(parser, piece.subarray(at));
    }
  }
  return piece.subarray(at);
}

/**
 * Feeds bytes from inside a larger buffer, between line ends that are none of the parser's business, and overwrites
 * them afterwards: what it still needs then, it must have copied. Returns how many it consumed.
 */
function feed(parser: ResponseParser, bytes: Uint8Array): number {
  const MARGIN = 3;
  const buffer = new Uint8Array(bytes.length + 2 * MARGIN).fill(0x0a);
  buffer.set(bytes, MARGIN);
  const next = parser.feed(buffer, MARGIN, MARGIN + bytes.length);
  buffer.fill(0xff);
  return next - MARGIN;
}

/** `bytes` cut before each of the given indices, which ascend. */
export function cut(bytes: Uint8Array, ...indices: readonly number[]): Uint8Array[] {
  const bounds = [0, ...indices, bytes.length];
  return bounds.slice(1).map((end, index) => bytes.slice(bounds[index], end));
}
