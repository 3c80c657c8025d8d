import type { Failure } from '../../shared/failure.ts';
import { quoteText } from '../../shared/quote.ts';
import { refusal } from '../connection/failures.ts';

/** Where a request goes. */
export interface RequestUrl {
  /** As `URL` writes it, without user and password. It may have a fragment. */
  readonly href: string;
  readonly origin: string;
}

/** Spaces and control characters: `URL` would drop some of them and encode others. */
const UNSAFE = /[\x00-\x20\x7f]/;

/** `URL` would take a backslash for a slash, and other programs would read another host there. */
const AUTHORITY = /^https?:\/\/[^/?#\\]+(?:[/?#]|$)/i;

/** Takes a URL as Godot does: http or https, with the scheme in any case. A user and a password are dropped. */
export function parseRequestUrl(url: string): RequestUrl | Failure {
  const unsafe = UNSAFE.exec(url);
  if (unsafe) {
    const where = `url has ${quoteText(unsafe[0])} at index ${unsafe.index}`;
    return refusal('INVALID_URL', `${where}. Percent-encode it (encodeURI).`);
  }
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return refusal('INVALID_URL', wrongScheme(url, scheme));
  const parsed = AUTHORITY.test(url) ? tryParse(url) : null;
  if (parsed === null) return refusal('INVALID_URL', NOT_PARSED);
  const { href, origin, port } = parsed;
  if (port === '0') return refusal('INVALID_URL', 'url has the invalid port 0: ports are 1 to 65535.');
  // Checked by parsing `href` again, without setters of URL: Node 25 makes URLs of some names that it can't parse
  // itself.
  if (href.includes('xn--') && !URL.canParse(href)) return refusal('INVALID_URL', NOT_PARSED);
  return { href: href.replace(/^(https?:\/\/)[^/?#]*@/, '$1'), origin };
}

function tryParse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** What stands before a colon may also be a user, whose name may be a secret: `token:x@host`. So few are named. */
function wrongScheme(url: string, scheme: string | undefined): string {
  const known =
    scheme !== undefined && SCHEMES.test(scheme) && (!url.includes('@') || /^[^:]*:\/\//.test(url));
  const other = known
    ? `url has the scheme ${quoteText(scheme)}`
    : 'url does not begin with http:// or https://';
  const what = scheme === undefined ? 'url has no scheme' : other;
  return `${what}: use http://host/path or https://host/path.`;
}

/** What people try. */
const SCHEMES = /^(?:blob|data|file|ftp|javascript|res|user|wss?)$/;

const NOT_PARSED =
  'url is not valid: after http:// or https:// there must be a host. A port must be 1 to 65535.';
