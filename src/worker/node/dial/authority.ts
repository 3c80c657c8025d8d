import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { hostAndPort } from '../../../shared/address.ts';

/**
 * The name or address to connect to, in the form of DNS; empty if `host` is neither. Anything that is not just a host
 * (a path, a port, a user) is caught here, since it would be looked up as a name.
 */
export function normaliseHost(host: string): string {
  if (isIP(host)) return host;
  // Up to one of these domainToASCII() takes a URL apart and drops the rest, or decodes it.
  return /[/\\?#%]/.test(host) ? '' : domainToASCII(host);
}

/** A target, for people. */
export function whereIs({ host, port, path }: Place): string {
  return path === null ? hostAndPort(host, port) : `unix:${path}`;
}

export function whereIsProxy({ host, port }: HostAndPort): string {
  return `the proxy ${hostAndPort(host, port)}`;
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

interface Place extends HostAndPort {
  readonly path: string | null;
}
