import type { Response } from '../connection/response.ts';
import { requireString } from '../options/arguments.ts';
import { GodotConstants } from './godot-constants.ts';

/**
 * The response to the last request. It can be read from the arrival of its head until the next `request()`,
 * `connectToHost()`, `close()` or new `connection`, any number of times, also after the body and after a failure. (In
 * Godot, reading the headers removes them.) Outside that time there is no response. A field that is valid UTF-8 is read
 * as UTF-8, any other as Latin-1: one character for each byte, so that no byte is lost.
 */
export abstract class ResponseAccessors extends GodotConstants {
  readonly #response: Response;

  /** @internal */
  protected constructor(response: Response) {
    super();
    this.#response = response;
  }

  /** Whether the head of the response to the last request has arrived. */
  hasResponse(): boolean {
    return this.#response.exists;
  }

  /** The status code: a {@link ResponseCode}, or any other number that the server sent; 0 without a response. */
  getResponseCode(): number {
    return this.#response.code;
  }

  /**
   * Whether the body comes in chunks, so that its length is unknown. False without a response. Reading never shows
   * where a chunk ends.
   */
  isResponseChunked(): boolean {
    return this.#response.chunked;
  }

  /**
   * The length of the whole body in bytes, as the server announced it, also where no body is sent (HEAD, 304). -1 if it
   * is unknown: for a chunked body, one that ends with the connection, one that is decompressed, and without a
   * response. It stays the same while the body is read.
   */
  getResponseBodyLength(): number {
    return this.#response.bodyLength;
  }

  /** The header fields as `"Name: value"`, in the server's order and casing. A new array with each call. */
  getResponseHeaders(): string[] {
    return [...this.#response.fields.lines()];
  }

  /**
   * The header fields by name, in the server's casing. If a name comes more than once (in the same casing), its values
   * are joined by `"; "`. A new object without a prototype with each call. For `Set-Cookie` use
   * {@link getResponseHeaderValues}.
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

  /** The first value of the header field `name`, in any casing; null if there is no such field. Beyond Godot. */
  getResponseHeader(name: string): string | null {
    return this.getResponseHeaderValues(name)[0] ?? null;
  }

  /** All values of the header field `name`, in any casing, in the server's order. Beyond Godot. */
  getResponseHeaderValues(name: string): string[] {
    requireString('name', name);
    return this.#response.fields.values(name);
  }

  /**
   * The fields after a chunked body (RFC 9112 section 7.1.2), as `"Name: value"`. Empty until the body has ended.
   * Beyond Godot.
   */
  getResponseTrailers(): string[] {
    return [...this.#response.trailers.lines()];
  }
}
