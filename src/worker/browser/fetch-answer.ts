import type { ResponseHead } from '../http1/parser/response.ts';

/** Answers that have no body whatever their fields say (Fetch, "null body status"). */
const NO_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * The head of an answer, as far as a page may know it. The body's length is unknown: `Content-Length` is that of the
 * packed body, and the browser has unpacked it.
 */
export function headOf({ status, headers, body }: Response, method: string): ResponseHead {
  const empty = NO_BODY.has(status) || headers.get('content-length') === '0';
  const hasBody = method !== 'HEAD' && !empty && body !== null;
  return {
    statusCode: status,
    versionMinor: 1,
    contentLength: -1,
    chunked: false,
    hasBody,
    keepAlive: true,
    fields: fieldBytes(headers),
  };
}

/** `fetch` gives a character for each byte of a value. */
function fieldBytes(headers: Headers): Uint8Array {
  const text = Array.from(headers, ([name, value]) => `${name}: ${value}\n`).join('');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The fields of a request as `fetch` takes them: of several with one name all are sent. */
export function requestFields(headers: readonly string[]): Headers {
  const fields = new Headers();
  for (const header of headers) {
    const colon = header.indexOf(':');
    fields.append(header.slice(0, colon), byteString(header.slice(colon + 1).trim()));
  }
  return fields;
}

const utf8 = new TextEncoder();

/** Text beyond ASCII goes out as UTF-8, as in Node. */
function byteString(value: string): string {
  return String.fromCharCode(...utf8.encode(value));
}
