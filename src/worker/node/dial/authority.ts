import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { hostAndPort } from '../../../shared/address.ts';

/**
 * The name or address to connect to, in the form of DNS. Empty if `host` is neither. Anything with more than a host in
 * it (a path, a port, a user) must be found here, since it would be looked up as a name.
 */
export function normaliseHost(host: string): string {
  if (isIP(host)) return host;
  // domainToASCII() treats its argument like a part of a URL: it drops what follows one of these characters, or decodes
  // it.
  return /[/\\?#%]/.test(host) ? '' : domainToASCII(host);
}

/** A target, for messages. */
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
