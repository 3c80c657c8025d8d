import type { Bytes } from '../../shared/copy.ts';
import { Result } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { linesOf } from '../../shared/field-text.ts';
import { valuesIn } from '../connection/fields.ts';
import { resultName } from '../http-client/names.ts';
import { requireBytes, requireString } from '../options/arguments.ts';

/**
 * How a request ended. A result is created when the request is complete, and does not change. Nothing is decoded before
 * it is asked for. Printing a result, or turning it into JSON, shows only `result`, `ok`, `responseCode` and `failure`:
 * the rest may contain secrets.
 */
export interface HTTPResult {
  /** SUCCESS if a response has arrived whole, whatever its status code; else what went wrong. */
  readonly result: Result;
  /**
   * Whether `result` is SUCCESS and `responseCode` is 200 to 299. Also true for a 416 that shows that a partial
   * download was complete already.
   */
  readonly ok: boolean;
  /**
   * The status code of the last response. 0 if there was none, and with the results CANT_CONNECT, CANT_RESOLVE,
   * CONNECTION_ERROR, TLS_HANDSHAKE_ERROR, REQUEST_FAILED and TIMEOUT, as in Godot: then `failure.responseCode` has the
   * code of a response that broke off.
   */
  readonly responseCode: number;
  /**
   * The header fields of the last response as `"Name: value"`, in the server's order and casing; empty where
   * `responseCode` is 0. A field that is valid UTF-8 is read as UTF-8, any other as Latin-1. The array is created at
   * the first access, and is the same each time.
   */
  readonly headers: string[];
  /**
   * The bytes of the body, decompressed. Empty if there is no body, or if it is in a file. The same array each time,
   * without a copy.
   */
  readonly body: Bytes;
  /**
   * Where the response came from: the URL of the request, or of the last redirect that was followed. Empty if the URL
   * itself was refused.
   */
  readonly url: string;
  /** Why `result` is not SUCCESS; null if it is. */
  readonly failure: Failure | null;
  /**
   * The first value of the header field `name`, in any casing; null if there is no such field. Changes to the array
   * `headers` have no effect here.
   */
  getHeader(name: string): string | null;
  /** All values of the header field `name`, in any casing, in the server's order. A new array with each call. */
  getHeaderValues(name: string): string[];
  /**
   * The body as text: UTF-8, whatever `Content-Type` says, without a byte order mark at its start. Invalid bytes become
   * U+FFFD. Each call decodes the body into a new string. Throws `TypeError` if the memory of `body` was transferred,
   * and an `Error` if the text is longer than a string can be (in V8 about 512 Mi characters).
   */
  text(): string;
  /**
   * The body as JSON: {@link text}, parsed with each call. Throws what `text()` throws, and `SyntaxError` if the body
   * is not JSON. Its message shows the origin of the URL and the response code, and nothing of the body.
   */
  json(): unknown;
}

/** What a result is created from. */
export interface Completion {
  readonly result: Result;
  readonly responseCode: number;
  /** `Name: value\n` lines. */
  readonly fields: string;
  readonly body: Bytes;
  readonly url: string;
  readonly failure: Failure | null;
  /** The whole body is in the file. */
  readonly stored: boolean;
}

/** Printing shows only own properties: those that may be seen. */
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
      // The engine's own message quotes the text, which may contain a secret.
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

// What printing shows, and what the types call it.
Object.defineProperty(RequestResult, 'name', { value: 'HTTPResult' });

const utf8 = new TextDecoder();
