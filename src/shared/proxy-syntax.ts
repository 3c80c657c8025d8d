import { isIPv6, isPort } from './address.ts';
import { quote } from './quote.ts';
import type { ProxyAddress, ProxyCredentials, ProxyProtocol } from './settings.ts';

/**
 * How a proxy is written, in `setHttpProxy()` and in variables:
 *
 *     [scheme://][user[:password]@]host[:port]
 *
 * An authority of RFC 3986 (section 3.2), but what people put there unencoded is taken where it has one meaning only:
 * the last `@` ends the password, and a `%` that begins no escape is a `%`. A `/`, `?` or `#` before the `@` is not
 * taken: in `proxy.example/p@evil.example` others see another host than we would.
 */
const SYNTAX = /^(?:([^:/?#@]*):\/\/)?(?:(.*)@)?(.*)$/s;
const PLACE = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/;
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * socks5h is what curl calls a SOCKS5 proxy that resolves the names itself; ours always does. And `socks`,
 * by which curl means SOCKS4, is how desktops write a SOCKS5 proxy into ALL_PROXY.
 */
const PROTOCOLS: ReadonlyMap<string, ProxyProtocol> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['socks', 'socks5'],
  ['socks5', 'socks5'],
  ['socks5h', 'socks5'],
]);

export interface WrittenProxy extends Omit<ProxyAddress, 'port'> {
  /** Null where none is written. */
  readonly port: number | null;
}

/** Many write a proxy as a URL, `http://proxy.example:3128/`. That `/` begins no path. */
export function withoutFinalSlash(text: string): string {
  return text.replace(/(?<!\/)\/$/, '');
}

/** The proxy, or what is wrong with it and what to do: the end of a sentence that begins with {@link showProxy}. */
export function readProxy(text: string): WrittenProxy | string {
  if (CONTROL.test(text)) return 'has a control character in it: remove it';
  const [, scheme = 'http', user = '', place = ''] = SYNTAX.exec(text) ?? [];
  const protocol = PROTOCOLS.get(scheme.toLowerCase());
  if (!protocol) return `has the scheme ${quote(scheme)}: give http, https, socks5 or socks5h`;
  if (/[/?#]/.test(user + place))
    return 'has a path or a query in it: leave it out, and in a password write "/" as %2F, "?" as %3F, "#" as %23';
  const { host, port } = readPlace(place);
  if (host === '') return 'has no host that is a name or an address: write user:password@host, or host';
  if (port !== null && !isPort(port)) return 'has an invalid port: ports are 1 to 65535';
  const credentials = readCredentials(user);
  const flaw = credentials && credentialsFlaw(protocol, credentials);
  return flaw ?? { protocol, host, port, credentials };
}

/**
 * `text` for a message: no user, no password, nor what may be one in the wrong place
 * (`host:port:user:password`) or escaped with the rest.
 */
export function showProxy(text: string): string {
  const [, scheme, user, place = ''] = SYNTAX.exec(text) ?? [];
  const known =
    /^(?:\[[\da-f:.]*\]|(?:(?!%3a|%40)[^:/?#])*)(?::\d{1,5}(?![^:/?#]))?[:/?#]?/i.exec(place)?.[0] ?? '';
  const shown = known === place || isIPv6(place) ? place : `${known}***`;
  return quote(`${scheme === undefined ? '' : `${scheme}://`}${user === undefined ? '' : '***@'}${shown}`);
}

/** What cannot be sent, worded as in {@link readProxy}. RFC 7617, section 2: Basic ends the user at the first colon. */
export function credentialsFlaw(
  protocol: ProxyProtocol,
  { username, password }: ProxyCredentials,
): string | null {
  if (CONTROL.test(username + password)) return 'has a control character in its user or password: remove it';
  if (protocol !== 'socks5' && username.includes(':'))
    return 'has a user with ":" in it, which HTTP cannot send: use another user';
  return null;
}

function readPlace(place: string): { host: string; port: number | null } {
  if (isIPv6(place)) return { host: place, port: null };
  const [, address = '', name = '', port] = PLACE.exec(place) ?? [];
  return {
    host: isIPv6(address) ? address : isName(name) ? name : '',
    port: port === undefined ? null : Number(port),
  };
}

/** As the worker's DNS will see it: URLs know what is none, but would decode a `%` and skip what ends a host. */
function isName(name: string): boolean {
  return !/[%\\\s]/.test(name) && URL.canParse(`http://${name}`);
}

function readCredentials(user: string): ProxyCredentials | null {
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(user) ?? [];
  if (username === '' && password === '') return null;
  return { username: decode(username), password: decode(password) };
}

function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // No UTF-8: nothing that was encoded.
      return escapes;
    }
  });
}
