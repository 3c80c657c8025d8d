import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { parseProxy, shownProxy, withoutFinalSlash } from '../../../shared/proxy-syntax.ts';
import type { ProxyAddress, ProxyEnvironment, ProxyProtocol } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { normaliseHost } from './authority.ts';

/**
 * The proxy that the environment wants for a target. There is no standard; this is what curl and Go's httpproxy
 * have in common, and where they differ:
 *
 * - A proxy without a port has its scheme's, as in Go. curl takes 1080 for most, where no HTTP proxy listens.
 * - `.example.com` in NO_PROXY stands for the subdomains only, as in Go: with `example.com` there is a way to say
 *   either, and who expected curl's reading gets the proxy, not a connection past it.
 * - localhost has no privilege, as in curl. Go leaves it out; but a program asks for the environment here, and whoever
 *   set it can say NO_PROXY=localhost, while nobody could ask for the contrary.
 *
 * In doubt the proxy is used: an entry of NO_PROXY that cannot be understood matches nothing. A proxy that cannot be
 * understood is an error, INVALID_PROXY.
 */
export function proxyFor(environment: ProxyEnvironment, target: ProxiedTarget): ProxyAddress | null {
  const own = (target.secure ? environment.https : environment.http).trim();
  const value = own || environment.all.trim();
  if (value === '' || isExempt(environment.no, target)) return null;
  return readVariable(own === '' ? 'ALL_PROXY' : target.secure ? 'HTTPS_PROXY' : 'HTTP_PROXY', value);
}

export interface ProxiedTarget {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

const DEFAULT_PORTS: Record<ProxyProtocol, number> = { http: 80, https: 443, socks5: 1080 };

function readVariable(name: string, value: string): ProxyAddress {
  const text = withoutFinalSlash(value);
  const proxy = parseProxy(text);
  if (typeof proxy === 'string') throw invalid(name, text, proxy);
  // `::1:8080` is a valid address, but a port was probably meant.
  if (isIPv6(proxy.host) && text.endsWith(proxy.host))
    throw invalid(name, text, 'has an IPv6 address without brackets: write [address] or [address]:port');
  return { ...proxy, port: proxy.port ?? DEFAULT_PORTS[proxy.protocol] };
}

function invalid(name: string, text: string, flaw: string): ConnectionError {
  return new ConnectionError('INVALID_PROXY', `${name} ${shownProxy(text)} ${flaw}`);
}

const ENTRY = /^(.*?)(?::(\d+))?$/;
const NETWORK = /^([^/]*)(?:\/(\d+))?$/;

function isExempt(list: string, { host, port }: ProxiedTarget): boolean {
  const name = normaliseHost(host).replace(/\.$/, '');
  return list.split(/[\s,]+/).some((entry) => matches(entry, name, port));
}

/** `*`, a name, a suffix, an address or a network, each with or without a port; IPv6 in brackets if with one. */
function matches(entry: string, host: string, port: number): boolean {
  const [, place = '', only] = isIPv6(entry) ? [entry, entry] : (ENTRY.exec(entry) ?? []);
  if (only !== undefined && Number(only) !== port) return false;
  const pattern = place.replace(/^\[(.*)\]/, '$1');
  if (pattern === '*') return true;
  return isIP(host) ? holdsAddress(pattern, host) : holdsName(pattern, host);
}

function holdsName(pattern: string, host: string): boolean {
  const domain = normaliseHost(pattern.replace(/^\*(?=\.)/, '')).replace(/\.$/, '');
  if (domain === '') return false;
  return host === domain || host.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

function holdsAddress(pattern: string, address: string): boolean {
  const [, base = '', bits] = NETWORK.exec(pattern) ?? [];
  const network = normaliseHost(base);
  const length = isIPv4(network) ? 32 : isIPv6(network) ? 128 : 0;
  const prefix = bits === undefined ? length : Number(bits);
  if (length === 0 || prefix > length) return false;
  // For a BlockList, an IPv4 address is also the IPv6 address that it maps to, and so a part of `::/0`.
  if (length === 128 && prefix < 96 && isIPv4(address)) return false;
  const block = new BlockList();
  block.addSubnet(network, prefix, length === 32 ? 'ipv4' : 'ipv6');
  return block.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
