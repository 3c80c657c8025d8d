/** The parts of a URL that HTTP needs. */
export interface TargetUrl {
  /** https: the connection is over TLS. */
  readonly secure: boolean;
  /** A name in lower case or an address, IPv6 without brackets. */
  readonly host: string;
  /** The scheme's default (80, 443) if the URL has no port. */
  readonly port: number;
  /** Path and query, as for the request line (RFC 9112 section 3.2.1): at least `/`, never with a fragment. */
  readonly target: string;
  /** `https://host:port`, without the scheme's default port. Equal for URLs of one origin (RFC 9110 section 4.3.1). */
  readonly origin: string;
}

/**
 * Takes a URL apart. A user and a password are dropped.
 *
 * @param url An absolute URL of http: or https:, as that of a `Hop`. Anything else is the caller's mistake.
 * @throws TypeError if URL (WHATWG) can't parse it.
 */
export function splitUrl(url: string): TargetUrl {
  const { href, origin, hostname, port, protocol } = new URL(url);
  const secure = protocol === 'https:';
  const schemePort = secure ? 443 : 80;
  return {
    secure,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? schemePort : Number(port),
    // `pathname` and `search` together would lose an empty query (`/x?`).
    target: href.replace(/^https?:\/\/[^/]*/, '').replace(/#.*$/s, ''),
    origin,
  };
}
