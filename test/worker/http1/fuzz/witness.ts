import type { Request } from '../notation.ts';
import type { ResponseHead, ResponseParser, ResponseSink } from './parser.ts';
import { fieldsProblem, headProblem } from './well-formed.ts';

const ORDER = ['start', 'head', 'body', 'trailers', 'end'];

/** Watches what a parser reports: keeps it, and the first thing about it that may not be. */
export class Witness implements ResponseSink {
  problem: string | null = null;
  head: ResponseHead | null = null;
  /** Bytes as characters, here and in the rest. */
  fields = '';
  body = '';
  trailers = '';
  ended = false;
  readonly #request: Request;
  #parser: ResponseParser | null = null;
  #last = 'start';
  /** What is being fed: body ranges lie in it. */
  #fed: { bytes: Uint8Array; start: number; end: number } | null = null;

  constructor(request: Request) {
    this.#request = request;
  }

  watch(parser: ResponseParser): void {
    this.#parser = parser;
  }

  feeding(bytes: Uint8Array, start: number, end: number): void {
    this.#fed = { bytes, start, end };
  }

  /** Everything that came, to be compared. */
  get events(): string {
    const { head } = this;
    const made = head && [
      head.statusCode,
      head.versionMinor,
      head.contentLength,
      head.chunked,
      head.keepAlive,
    ];
    return `${made}\n${this.fields}\n${this.body}\n${this.trailers}\n${this.ended}`;
  }

  /** Another response comes. */
  begin(): void {
    this.head = null;
    this.fields = '';
    this.body = '';
    this.trailers = '';
    this.ended = false;
    this.#last = 'start';
    this.#fed = null;
  }

  onHead(head: ResponseHead): void {
    this.#came('head');
    this.head = head;
    const fields = latin1(head.fields);
    this.fields = withoutCr(fields);
    this.report(headProblem(head, this.#request) ?? fieldsProblem(fields, this.#request));
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    const fed = this.#fed;
    if (fed === null || bytes !== fed.bytes || start < fed.start || end > fed.end) {
      this.report('a body range outside of what was fed');
    }
    if (start >= end) this.report('an empty body range');
    this.direct(bytes, start, end);
  }

  /** Body bytes that went past the parser. */
  direct(bytes: Uint8Array, start: number, end: number): void {
    this.#came('body');
    this.body += latin1(bytes.subarray(start, end));
    if (this.head?.hasBody !== true) this.report('body bytes of a response without a body');
    const { contentLength = -1 } = this.head ?? {};
    if (contentLength >= 0 && this.body.length > contentLength) this.report('more body than the length');
  }

  onTrailers(fields: Uint8Array): void {
    this.#came('trailers');
    const trailers = latin1(fields);
    this.trailers = withoutCr(trailers);
    if (this.head?.chunked !== true) this.report('trailers of a body that is not chunked');
    if (fields.length === 0) this.report('trailers without a field');
    this.report(fieldsProblem(trailers, this.#request));
  }

  onEnd(): void {
    this.#came('end');
    this.ended = true;
    const { head } = this;
    if (head?.hasBody && head.contentLength > this.body.length) this.report('less body than the length');
    if (this.#parser?.active) this.report('active in onEnd');
  }

  report(problem: string | null): void {
    this.problem ??= problem;
  }

  checkHeld(): void {
    const held = this.#parser?.keptBytes ?? 0;
    if (held > this.#request.maxHeadSize) this.report(`${held} bytes held`);
  }

  #came(event: string): void {
    const [before, now] = [ORDER.indexOf(this.#last), ORDER.indexOf(event)];
    const again = event === 'body' && this.#last === 'body';
    const first = this.#last === 'start';
    if (!again && (now <= before || first !== (event === 'head')))
      this.report(`${event} after ${this.#last}`);
    this.#last = event;
    this.checkHeld();
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Where lines are kept as they came depends on the pieces in which they came. */
function withoutCr(fields: string): string {
  return fields.replaceAll('\r\n', '\n');
}
