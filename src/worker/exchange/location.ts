import { quoteText } from '../../shared/quote.ts';

/** Where a Location leads, or what is wrong with it, for people. */
export type ResolvedLocation =
  | { readonly url: URL; readonly flaw: null }
  | { readonly url: null; readonly flaw: string };

/**
 * Longest URL that is followed, in characters. A Location as long as a whole head by default (65 536 bytes) fits, with
 * each byte percent-encoded. Without a limit, relative Locations (`x/`) could make a URL longer with each redirect.
 */
export const MAX_URL_LENGTH = 262_144;

/**
 * Resolves the Locations of an answer against the URL that was asked for (RFC 9110 section 10.2.2), as browsers do (the
 * WHATWG URL standard), but that a missing host is refused (RFC 9110 section 4.2.1):
 *
 * - Several fields of one value count as one; values that differ are refused.
 * - Bytes beyond ASCII are percent-encoded as they are, whatever text they stand for. In a host that makes a UTF-8 name
 *   an internationalised one (RFC 3986 section 3.2.2), and anything else an invalid one.
 * - Blanks around the value are dropped.
 * - A URL without a fragment inherits that of `base`; an empty fragment (`#`) is one.
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

/** ASCII, and without what the URL standard drops: line ends and tabs, and blanks and controls in front. */
function normalise(location: string): string {
  return location
    .replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^[\x00-\x20]+|[\t\n\r]+/g, '')
    .trim();
}

/**
 * Null if `text` is no URL. The setters of URL are not for what a server sends: Node 25 makes hosts that it can't parse
 * again (`xn--xn--...`, of `\u00fcxn--`), and its setters, which do so, then abort the process.
 */
function parse(text: string, base?: URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/** In what URL has made, no `@` but that behind a user stands before the path. */
function withoutUser(href: string): string {
  return href.replace(/^(https?:\/\/)[^/]*@/, '$1');
}

function withFragment(href: string, base: URL): string {
  return href.includes('#') ? href : `${href}${base.hash}`;
}

/**
 * Browsers take the first piece of a path for a host that is missing: in `http:///x`, in `///x`, and in `https:x` where
 * the current scheme is another one. That is what a server says whose own name is not configured.
 */
function hasNoHost(text: string, base: URL): boolean {
  const [, scheme, slashes = ''] = BEGINNING.exec(text) ?? [];
  if (slashes.length > 2) return true;
  return scheme !== undefined && slashes.length < 2 && scheme.toLowerCase() !== base.protocol;
}

/** In a URL of http: or https: a backslash is a slash. */
const BEGINNING = /^(https?:)?([/\\]{0,3})/i;

/** What stands before a colon may be a user, whose name may be a secret. */
function shownScheme(url: URL, text: string): string {
  return text.includes('@') ? 'another one' : quoteText(url.protocol);
}

function flawed(flaw: string): ResolvedLocation {
  return { url: null, flaw };
}

const NO_URL = flawed('it is not a URL, or its host or port is invalid');
const TOO_LONG = flawed(`it makes a URL longer than ${MAX_URL_LENGTH} characters`);
