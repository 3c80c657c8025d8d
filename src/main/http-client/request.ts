import { Method, Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { quoteText } from '../../shared/quote.ts';
import type { Connection } from '../connection/connection.ts';
import { refusal } from '../connection/failures.ts';
import { place } from '../place/here.ts';
import { statusName } from './names.ts';

/** The name of a method on the wire; undefined for a number that is not a {@link Method}. */
export function methodName(method: number): string | undefined {
  return METHOD_NAMES[method];
}

const METHOD_NAMES = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PATCH',
] as const;

/**
 * What is wrong with a request; null if it can be sent. Everything that could change the meaning of the bytes on the
 * wire is refused here, before it reaches another thread (RFC 9112 sections 3.2 and 5, RFC 9110 section 5.5).
 *
 * @param headersName What messages call the headers: the name of the caller's parameter.
 */
export function checkRequest(
  method: number,
  url: string,
  headers: readonly string[],
  bodyLength: number,
  headersName = 'headers',
): Failure | null {
  const flaw = checkMethod(method, bodyLength) ?? checkUrl(method, url);
  if (flaw) return flaw;
  const headerFlaw = checkHeaders(headers, bodyLength, headersName);
  return headerFlaw ?? place.refusals?.request({ method, url, headers, headersName, bodyLength }) ?? null;
}

/** Why no request can be sent now; null if one can. */
export function checkConnected({
  status,
  failure,
  streaming,
}: Pick<Connection, 'status' | 'failure' | 'streaming'>): Failure | null {
  if (status !== Status.CONNECTED) {
    // A script that has not looked at the failure before learns of it here.
    const why = failure && failure.phase !== 'argument' ? ` Before that: ${failure.message}` : '';
    return refusal('NOT_CONNECTED', `The status is ${statusName(status)}; request() needs CONNECTED.${why}`);
  }
  return streaming ? refusal('NOT_CONNECTED', STREAMING) : null;
}

const STREAMING =
  'The connection is used as a stream. To speak HTTP over it, set it as the connection of another client.';

function checkMethod(method: number, bodyLength: number): Failure | null {
  if (methodName(method) === undefined) {
    return refusal('INVALID_METHOD', `method must be 0 (GET) to 8 (PATCH), not ${method}.`);
  }
  if (bodyLength > 0 && (method === Method.TRACE || method === Method.CONNECT)) {
    return refusal(
      'INVALID_BODY',
      `A ${methodName(method)} request can't have a body, but one of ${bodyLength} bytes was given.`,
    );
  }
  return null;
}

/** A fragment is never sent: it is for whoever reads the response (RFC 9110 section 7.1). */
export function withoutFragment(url: string): string {
  const at = url.indexOf('#');
  return at < 0 ? url : url.slice(0, at);
}

/** A space or a control character ends or breaks a request line. Text beyond ASCII is sent as UTF-8, as in Godot. */
const UNSAFE_IN_URL = /[\x00-\x20\x7f]/;
/** RFC 3986 section 3.2.2, roughly. Without userinfo, which a request must not contain (RFC 9110 section 4.2.4). */
const HOST = '(?:\\[[\\da-fA-F:.]+\\]|[^/?#@:[\\]]+)';
const AUTHORITY = new RegExp(`^${HOST}:\\d{1,5}$`);
const ABSOLUTE = new RegExp(`^https?://${HOST}(?::\\d{1,5})?(?:[/?]|$)`);
/** As much of an absolute URL as is right. */
const BEGINNING = new RegExp(`^(?:https?://(?:${HOST}(?::\\d{1,5})?)?)?`);

function checkUrl(method: number, url: string): Failure | null {
  const unsafe = UNSAFE_IN_URL.exec(url);
  if (unsafe) {
    const where = `url has ${quoteText(unsafe[0])} at index ${unsafe.index}`;
    return refusal('INVALID_URL', `${where}. Percent-encode it (encodeURI).`);
  }
  if (method === Method.CONNECT) {
    if (AUTHORITY.test(url)) return null;
    return refusal('INVALID_URL', 'url must be host:port for METHOD_CONNECT.');
  }
  if (method === Method.OPTIONS && url === '*') return null;
  if (url.startsWith('/') || ABSOLUTE.test(url)) return null;
  return refusal('INVALID_URL', `${ORIGIN_OR_ABSOLUTE}, but ${beginningFlaw(url)}.`);
}

const ORIGIN_OR_ABSOLUTE =
  'url must start with "/", or with "http://" or "https://" and a host (without a user)';

/** Where a URL stops being right. Nothing else of it is shown: a user, a path or a query may hold a secret. */
function beginningFlaw(url: string): string {
  const index = BEGINNING.exec(url)?.[0].length ?? 0;
  const wrong = /^./su.exec(url.slice(index))?.[0];
  if (wrong !== undefined) return `has ${quoteText(wrong)} at index ${index}`;
  return url === '' ? 'is empty' : 'ends there';
}

const HEADER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*$/;

/** Fields that say where a message ends, or which host it is for. A second one could change what the message means. */
const SINGLE = /^(content-length|transfer-encoding|host):/i;

function checkHeaders(headers: readonly string[], bodyLength: number, headersName: string): Failure | null {
  const seen = new Set<string>();
  for (const [index, header] of headers.entries()) {
    const what = whichHeader(header, `${headersName}[${index}]`);
    if (!HEADER.test(header)) return refusal('INVALID_HEADER', `${what} ${flaw(header)}.`);
    const name = SINGLE.exec(header)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    if (seen.has(name)) return refusal('INVALID_HEADER', `${what} comes a second time.`);
    seen.add(name);
    const contradiction = contradictionOf(name, header.slice(name.length + 1).trim(), bodyLength);
    if (contradiction) return refusal('INVALID_HEADER', `${what} ${contradiction}`);
  }
  return null;
}

/**
 * Names a header in a message. The value may be a secret, and so may a text that is not a valid name: neither is shown.
 */
function whichHeader(header: string, where: string): string {
  const name = NAME.exec(header)?.[1];
  return name === undefined ? where : `${where}, ${quoteText(name)},`;
}

const NAME = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):/;
const NOT_IN_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;

function flaw(header: string): string {
  const colon = header.indexOf(':');
  if (header.trim() === '') return 'is empty; a header is "Name: value"';
  if (colon < 0) return 'has no colon; a header is "Name: value"';
  if (colon === 0) return 'has no name; a header is "Name: value"';
  const control = /[\x00-\x08\x0a-\x1f\x7f]/.exec(header);
  if (control) return `has the control character ${quoteText(control[0])} at index ${control.index}`;
  const bad = NOT_IN_NAME.exec(header);
  const where = bad ? `has ${quoteText(bad[0])} at index ${bad.index}, in its name` : 'has an invalid name';
  return `${where}; a name is letters, digits and !#$%&'*+-.^_\`|~`;
}

/**
 * The body's length is known here. A header that says otherwise would let a part of the body pass as another request.
 */
function contradictionOf(name: string, value: string, bodyLength: number): string | null {
  if (name === 'transfer-encoding')
    return 'has no use here: a body is sent with its Content-Length, not in chunks. Leave it out.';
  if (name === 'host' || value === String(bodyLength)) return null;
  const advice = 'Leave it out: it is added for you.';
  return `contradicts the body, which has ${bodyLength} bytes (a GET sends none). ${advice}`;
}
