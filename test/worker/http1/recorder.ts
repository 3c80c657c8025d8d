import type { ResponseHead, ResponseSink } from '../../../src/worker/http1/parser/response.ts';
import { escapeBytes } from './notation.ts';

/** Writes down what a parser reports, in the notation of the cases. */
export class Recorder implements ResponseSink {
  readonly #lines: string[] = [];
  #body: number[] = [];
  /** Called last in onEnd, as an owner with another request to send would be. */
  onEnded = (): void => {};

  onHead(head: ResponseHead): void {
    const words = ['head', head.statusCode, `HTTP/1.${head.versionMinor}`];
    if (head.contentLength >= 0) words.push(`length=${head.contentLength}`);
    if (head.chunked) words.push('chunked');
    words.push(head.hasBody ? 'body' : 'no-body', head.keepAlive ? 'keep-alive' : 'close');
    this.#lines.push(words.join(' '), ...fieldLines(head.fields));
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    if (start >= end) this.#lines.push('an empty body range');
    this.direct(bytes.subarray(start, end));
  }

  /** Body bytes that went past the parser. */
  direct(bytes: Uint8Array): void {
    this.#body.push(...bytes);
  }

  onTrailers(fields: Uint8Array): void {
    this.#endBody();
    this.#lines.push('trailers', ...fieldLines(fields));
  }

  onEnd(): void {
    this.note('end');
    this.onEnded();
  }

  note(line: string): void {
    this.#endBody();
    this.#lines.push(line);
  }

  text(): string {
    this.#endBody();
    return this.#lines.join('\n');
  }

  #endBody(): void {
    if (this.#body.length > 0) this.#lines.push(`body "${escapeBytes(Uint8Array.from(this.#body))}"`);
    this.#body = [];
  }
}

function fieldLines(fields: Uint8Array): string[] {
  const lines = escapeBytes(fields).split('\\n');
  if (lines.pop() !== '') lines.push('(the last field line has no end)');
  // A line ends in LF or CRLF. An empty value is written without the space behind its colon, which editors would take
  // away.
  return lines.map((line) => `  ${line.replace(/\\r$/, '').replace(/^([^:]*:) $/, '$1')}`);
}
