import { isIPv6, isPort } from './address.ts';
import { quoteText } from './quote.ts';
import type { ProxyAddress, ProxyCredentials, ProxyProtocol } from './settings.ts';

/**
 * How a proxy is written in `setHttpProxy()` and in environment variables:
 *
 *     [scheme://][user[:password]@]host[:port]
 *
 * This is an authority of RFC 3986 (section 3.2). Characters that should be percent-encoded are accepted where only one
 * reading is possible: the last `@` ends the password, and a `%` that does not begin an escape is a `%`. A `/`, `?` or
 * `#` before the `@` is refused, because programs disagree about the host in `proxy.example/p@evil.example`.
 */
const SYNTAX = /^(?:([^:/?#@]*):\/\/)?(?:(.*)@)?(.*)$/s;
const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/;
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * curl writes `socks5h` for a SOCKS5 proxy that resolves names itself; here every SOCKS5 proxy does. `socks` means
 * SOCKS4 to curl, but desktops write it into ALL_PROXY for a SOCKS5 proxy.
 */
const PROTOCOLS: ReadonlyMap<string, ProxyProtocol> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['socks', 'socks5'],
  ['socks5', 'socks5'],
  ['socks5h', 'socks5'],
]);

export interface WrittenProxy extends Omit<ProxyAddress, 'port'> {
  /** Null if the text has no port. */
  readonly port: number | null;
}

/** Many people write a proxy as a URL, `http://proxy.example:3128/`. The final `/` is not meant as a path. */
export function withoutFinalSlash(text: string): string {
  return text.replace(/(?<!\/)\/$/, '');
}

/**
 * Returns the proxy; or, if `text` is invalid, what is wrong with it and what to do. That is the end of a sentence that
 * begins with {@link shownProxy}.
 */
export function parseProxy(text: string): WrittenProxy | string {
  if (CONTROL.test(text)) return 'has a control character in it: remove it';
  const [, scheme = 'http', user = '', hostAndPort = ''] = SYNTAX.exec(text) ?? [];
  const protocol = PROTOCOLS.get(scheme.toLowerCase());
  if (!protocol) return `has the scheme ${quoteText(scheme)}: give http, https, socks5 or socks5h`;
  if (/[/?#]/.test(user + hostAndPort))
    return 'has a path or a query in it: leave it out, and in a password write "/" as %2F, "?" as %3F, "#" as %23';
  const { host, port } = parseHostAndPort(hostAndPort);
  if (host === '') return 'has no host, or an invalid one: write host or user:password@host';
  if (port !== null && !isPort(port)) return 'has an invalid port: ports are 1 to 65535';
  const credentials = parseCredentials(user);
  const flaw = credentials && credentialsFlaw(protocol, credentials);
  return flaw ?? { protocol, host, port, credentials };
}

/**
 * `text` for a message, without user and password. They are left out even if they are in the wrong place
 * (`host:port:user:password`), or if the whole text is escaped.
 */
export function shownProxy(text: string): string {
  const [, scheme, user, hostAndPort = ''] = SYNTAX.exec(text) ?? [];
  const known =
    /^(?:\[[\da-f:.]*\]|[^:/?#%\\\x00-\x20\x7f]*)(?::\d{1,5}(?![^:/?#]))?[:/?#]?/i.exec(hostAndPort)?.[0] ??
    '';
  const shown = known === hostAndPort || isIPv6(hostAndPort) ? hostAndPort : `${known}***`;
  return quoteText(
    `${scheme === undefined ? '' : `${scheme}://`}${user === undefined ? '' : '***@'}${shown}`,
  );
}

/**
 * Why these credentials can't be sent, in the form of {@link parseProxy}; null if they can. In Basic, the first colon
 * ends the user (RFC 7617 section 2).
 */
export function credentialsFlaw(
  protocol: ProxyProtocol,
  { username, password }: ProxyCredentials,
): string | null {
  if (CONTROL.test(username + password)) return 'has a control character in its user or password: remove it';
  if (protocol !== 'socks5' && username.includes(':'))
    return 'has a user with ":" in it, which HTTP cannot send: use another user';
  return null;
}

function parseHostAndPort(hostAndPort: string): { host: string; port: number | null } {
  if (isIPv6(hostAndPort)) return { host: hostAndPort, port: null };
  const [, address = '', name = '', port] = HOST_AND_PORT.exec(hostAndPort) ?? [];
  return {
    host: isIPv6(address) ? address : isName(name) ? name : '',
    port: port === undefined ? null : Number(port),
  };
}

/**
 * Whether the worker's DNS can look it up. URL rejects invalid names, but it would decode a `%`, take a backslash for
 * the end of the host, and drop tabs and line breaks.
 */
function isName(name: string): boolean {
  return !/[%\\\s]/.test(name) && URL.canParse(`http://${name}`);
}

function parseCredentials(user: string): ProxyCredentials | null {
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(user) ?? [];
  if (username === '' && password === '') return null;
  return { username: decode(username), password: decode(password) };
}

function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // Not UTF-8, so it was not meant as an escape.
      return escapes;
    }
  });
}
