import type { Response } from '../connection/response.ts';
import { requireString } from '../options/arguments.ts';
import { GodotConstants } from './godot-constants.ts';

/**
 * What a client says about the answer to the last request. The values stand from the head's arrival until the next
 * `request()`, `connectToHost()` or `close()`, also after the body and after a failure, and can be read any number of
 * times (in Godot, reading the headers takes them away). In between there is no response. A field that is valid UTF-8
 * is read as UTF-8, any other as Latin-1, one character for each byte, so that nothing of it is lost.
 */
export abstract class ResponseAccessors extends GodotConstants {
  readonly #response: Response;

  /** @internal */
  protected constructor(response: Response) {
    super();
    this.#response = response;
  }

  /** Whether the head of the answer to the last request is there. */
  hasResponse(): boolean {
    return this.#response.exists;
  }

  /** The status code, a {@link ResponseCode} or any other number the server sent; 0 without a response. */
  getResponseCode(): number {
    return this.#response.code;
  }

  /** Whether the body is sent in chunks, so that its length is unknown. Chunk borders are never seen in reading. */
  isResponseChunked(): boolean {
    return this.#response.chunked;
  }

  /**
   * The whole body's bytes, also of one that is not sent (HEAD, 304); -1 when unknown: chunked, until the connection
   * closes, or no response. Constant while the body is read.
   */
  getResponseBodyLength(): number {
    return this.#response.bodyLength;
  }

  /** The header fields as `"Name: value"`, in the server's order and casing. A new array with each call. */
  getResponseHeaders(): string[] {
    return [...this.#response.fields.lines()];
  }

  /**
   * The header fields by name, in the server's casing; the values of names that come twice (in the same casing) are
   * joined by `"; "`. The object has no prototype. For `Set-Cookie` use {@link getResponseHeaderValues}.
   */
  getResponseHeadersAsDictionary(): Record<string, string> {
    const dictionary: Record<string, string> = Object.create(null);
    for (const line of this.#response.fields.lines()) {
      const colon = line.indexOf(': ');
      const name = line.slice(0, colon);
      const value = line.slice(colon + 2);
      const before = dictionary[name];
      dictionary[name] = before === undefined ? value : `${before}; ${value}`;
    }
    return dictionary;
  }

  /** The first value of the field `name`, whatever its casing; null without one. Beyond Godot. */
  getResponseHeader(name: string): string | null {
    return this.getResponseHeaderValues(name)[0] ?? null;
  }

  /** All values of the field `name`, whatever its casing, in order. Beyond Godot. */
  getResponseHeaderValues(name: string): string[] {
    requireString('name', name);
    return this.#response.fields.values(name);
  }

  /** The fields that followed a chunked body, as `"Name: value"`; empty until the body's end. Beyond Godot. */
  getResponseTrailers(): string[] {
    return [...this.#response.trailers.lines()];
  }
}
