import type { Bytes } from '../../shared/copy.ts';
import { Result } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { linesOf } from '../../shared/field-text.ts';
import { valuesIn } from '../connection/fields.ts';
import { resultName } from '../http-client/names.ts';
import { requireBytes, requireString } from '../options/arguments.ts';

/**
 * What has become of a request. It is made when the request is complete, and does not change. Nothing is decoded before
 * it is asked for. Printing it, or making JSON of it, shows `result`, `ok`, `responseCode` and `failure` only: the
 * rest may hold secrets.
 */
export interface HTTPResult {
  readonly result: Result;
  /**
   * Whether `result` is SUCCESS and `responseCode` 200 to 299, or a 416 that tells that a partial download was complete
   * already.
   */
  readonly ok: boolean;
  /** The status code of the last answer; 0 without one. */
  readonly responseCode: number;
  /**
   * The header fields of the last answer as `"Name: value"`, in the server's order and casing; empty without one. A
   * field that is valid UTF-8 is read as UTF-8, any other as Latin-1. The array is made when it is first asked for, and
   * is the same each time.
   */
  readonly headers: string[];
  /**
   * The bytes of the body, unpacked; empty where there is none, or it is in a file. The same array each time, without a
   * copy.
   */
  readonly body: Bytes;
  /**
   * Where the answer came from: the URL of the request, or of the last redirect that was followed. Empty where the URL
   * itself was refused.
   */
  readonly url: string;
  /** Why `result` is not SUCCESS; null if it is. */
  readonly failure: Failure | null;
  /**
   * The first value of the header field `name`, whatever its casing; null without one. What is done to the array
   * `headers` changes nothing here.
   */
  getHeader(name: string): string | null;
  /** All values of the header field `name`, whatever its casing, in order. A new array with each call. */
  getHeaderValues(name: string): string[];
  /**
   * The body as UTF-8, whatever `Content-Type` says, without the byte order mark that it may begin with. Bytes that are
   * no UTF-8 become U+FFFD. Decodes the body with each call, into a new string. Throws `TypeError` if the memory of
   * `body` was transferred, and an `Error` if the text is longer than a string can be (in V8 some 512 Mi characters).
   */
  text(): string;
  /**
   * The body as JSON: {@link text}, parsed with each call. Throws what `text()` throws, and `SyntaxError` if the body
   * is not JSON. Its message has the origin of the URL and the response code, and nothing of the body.
   */
  json(): unknown;
}

/** What a result is made of. */
export interface Completion {
  readonly result: Result;
  readonly responseCode: number;
  /** `Name: value\n` lines. */
  readonly fields: string;
  readonly body: Bytes;
  readonly url: string;
  readonly failure: Failure | null;
  /** All of the body is in the file. */
  readonly stored: boolean;
}

/** Its own properties are what printing may show. */
export class RequestResult implements HTTPResult {
  readonly result: Result;
  readonly ok: boolean;
  readonly responseCode: number;
  readonly failure: Failure | null;
  readonly #fields: string;
  readonly #body: Bytes;
  readonly #url: string;
  #headers: string[] | null = null;

  constructor({ result, responseCode, fields, body, url, failure, stored }: Completion) {
    this.result = result;
    this.ok = result === Result.SUCCESS && (stored || (responseCode >= 200 && responseCode <= 299));
    this.responseCode = responseCode;
    this.failure = failure;
    this.#fields = fields;
    this.#body = body;
    this.#url = url;
  }

  get headers(): string[] {
    this.#headers ??= linesOf(this.#fields);
    return this.#headers;
  }

  get body(): Bytes {
    return this.#body;
  }

  get url(): string {
    return this.#url;
  }

  getHeader(name: string): string | null {
    return this.getHeaderValues(name)[0] ?? null;
  }

  getHeaderValues(name: string): string[] {
    requireString('name', name);
    return valuesIn(linesOf(this.#fields), name);
  }

  text(): string {
    requireBytes('body', this.#body);
    return utf8.decode(this.#body);
  }

  json(): unknown {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch {
      // The engine's own message quotes the text, which may hold a secret.
      throw new SyntaxError(this.#whyNotJSON(text));
    }
  }

  #whyNotJSON(text: string): string {
    const from = URL.canParse(this.#url) ? ` from ${new URL(this.#url).origin}` : '';
    const answer = `result ${resultName(this.result)}, response code ${this.responseCode}`;
    const body = text === '' ? 'it is empty' : `${this.#body.length} bytes, see text()`;
    return `The body${from} is not JSON: ${body} (${answer}). Look at ok before json().`;
  }
}

const utf8 = new TextDecoder();
