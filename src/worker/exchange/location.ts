import { quoteText } from '../../shared/quote.ts';

/** The URL that a Location leads to; or what is wrong with the Location, for people. */
export type ResolvedLocation =
  | { readonly url: URL; readonly flaw: null }
  | { readonly url: null; readonly flaw: string };

/**
 * The longest URL that is followed, in characters. A Location that fills a whole head of the default limit (65 536
 * bytes) fits, even if each byte is percent-encoded. Without a limit, relative Locations (`x/`) could make the URL
 * longer with each redirect.
 */
export const MAX_URL_LENGTH = 262_144;

/**
 * Resolves the Locations of an answer against the URL that was requested (RFC 9110 section 10.2.2). It does so as
 * browsers do (the WHATWG URL standard), except that it refuses a missing host (RFC 9110 section 4.2.1):
 *
 * - Several fields with the same value count as one; values that differ are refused.
 * - Bytes beyond ASCII are percent-encoded as they are, whatever text they stand for. In a host, UTF-8 becomes an
 *   internationalised name (RFC 3986 section 3.2.2), and other bytes make the host invalid.
 * - Blanks around the value are dropped.
 * - A URL without a fragment inherits that of `base`. An empty fragment (`#`) counts as a fragment.
 * - A user and a password are dropped (RFC 9110 section 4.2.4).
 *
 * The URL is http: or https:, has a host and a port of 1 to 65535, and is ASCII.
 *
 * @param locations At least one, each character one byte (Latin-1).
 * @param base A URL of http: or https:.
 */
export function resolveLocation(locations: readonly string[], base: URL): ResolvedLocation {
  if (locations.some((location) => location.length > MAX_URL_LENGTH)) return TOO_LONG;
  const values = new Set(locations.map(normalise));
  const [text = ''] = values;
  if (values.size > 1) return flawed(`its ${values.size} values differ`);
  const url = parse(text, base);
  if (url === null) return NO_URL;
  if (!HTTP.test(url.protocol)) {
    return flawed(`its scheme is ${shownScheme(url, text)}, but only "http:" and "https:" are followed`);
  }
  if (hasNoHost(text, base)) return flawed('it has no host');
  if (url.port === '0') return flawed('its port is 0');
  const clean = parse(withFragment(withoutUser(url.href), base));
  if (clean === null) return NO_URL;
  return clean.href.length > MAX_URL_LENGTH ? TOO_LONG : { url: clean, flaw: null };
}

const HTTP = /^https?:$/;

/** In ASCII, and without what the URL standard drops: line ends, tabs, and leading blanks and controls. */
function normalise(location: string): string {
  return location
    .replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^[\x00-\x20]+|[\t\n\r]+/g, '')
    .trim();
}

/**
 * Null if `text` is not a URL. The setters of URL must not be used for what a server sends: for some hosts
 * (`\u00fcxn--`) Node 25 makes a URL that it can't parse again (`xn--xn--...`). Its setters parse it again, and abort
 * the process.
 */
function parse(text: string, base?: URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/** In a text that URL has made, an `@` before the path can only stand behind a user. */
function withoutUser(href: string): string {
  return href.replace(/^(https?:\/\/)[^/]*@/, '$1');
}

function withFragment(href: string, base: URL): string {
  return href.includes('#') ? href : `${href}${base.hash}`;
}

/**
 * Whether the host is missing. Browsers then take the first piece of the path for it: in `http:///x`, in `///x`, and in
 * `https:x` if the current scheme is another one. A server sends such a Location if its own name is not configured.
 */
function hasNoHost(text: string, base: URL): boolean {
  const [, scheme, slashes = ''] = BEGINNING.exec(text) ?? [];
  if (slashes.length > 2) return true;
  return scheme !== undefined && slashes.length < 2 && scheme.toLowerCase() !== base.protocol;
}

/** In a URL of http: or https: a backslash is a slash. */
const BEGINNING = /^(https?:)?([/\\]{0,3})/i;

/** The text before a colon may also be a user, whose name may be a secret. */
function shownScheme(url: URL, text: string): string {
  return text.includes('@') ? 'another one' : quoteText(url.protocol);
}

function flawed(flaw: string): ResolvedLocation {
  return { url: null, flaw };
}

const NO_URL = flawed('it is not a URL, or its host or port is invalid');
const TOO_LONG = flawed(`it makes a URL longer than ${MAX_URL_LENGTH} characters`);
