import { isAddress, isPort } from '../../shared/address.ts';
import { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { quoteText } from '../../shared/quote.ts';
import type { TLSSettings } from '../../shared/settings.ts';
import { refusal } from '../connection/failures.ts';
import { settingsOf, TLSOptions } from '../options/tls-options.ts';
import { hostFlaw, mayBeHost, shownHost } from './host-flaw.ts';

/** The server that a connection leads to. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly tls: TLSSettings | null;
  /** Whether this is an IP address or a path. Neither needs DNS, so the connection starts in CONNECTING. */
  readonly isAddress: boolean;
  /** A unix socket or a named pipe, in place of host and port. */
  readonly path: string | null;
}

const SCHEME = /^(https?):\/\//i;
const UNSAFE_IN_HOST = /[\x00-\x20\x7f]/;
const SOCKET_PATH = /^unix:(.*)$/is;

/**
 * Reads the arguments of `connectToHost()` as Godot does. A scheme decides about TLS, `http://` even against
 * `tlsOptions`. A negative port means that of the scheme. Unlike in Godot, IPv6 addresses in brackets and hosts of any
 * length are taken.
 */
export function parseServer(host: string, port: number, tlsOptions: TLSOptions | null): Server | Failure {
  const scheme = SCHEME.exec(host);
  const rest = host.slice(scheme?.[0].length ?? 0);
  const tls = tlsFor(scheme?.[1]?.toLowerCase(), tlsOptions);
  const path = SOCKET_PATH.exec(rest)?.[1];
  if (path !== undefined) return parsePath(host, path, tls);
  const name = rest.replace(/^\[(.*:.*|)\]$/, '$1');
  if (name === '')
    return refusal('INVALID_HOST', `host ${quoteText(host)} is empty: give a name or an IP address.`);
  const unsafe = UNSAFE_IN_HOST.exec(name);
  if (unsafe) return refusal('INVALID_HOST', `host ${shownHost(host)} has ${quoteText(unsafe[0])} in it.`);
  return {
    host: name,
    port: port >= 0 ? port : tls ? 443 : 80,
    tls,
    isAddress: isAddress(name),
    path: null,
  };
}

/** A path has no port. It gets the default port of the scheme, which `Host` leaves out. */
function parsePath(host: string, path: string, tls: TLSSettings | null): Server | Failure {
  if (path === '' || path.includes('\0')) {
    const shown = quoteText(host.slice(0, host.length - path.length));
    const flaw =
      path === '' ? 'no path behind it' : `a NUL character at index ${path.indexOf('\0')} of the path`;
    return refusal('INVALID_HOST', `host ${shown} has ${flaw}: write unix:/path/of/the.sock.`);
  }
  return { host: 'localhost', port: tls ? 443 : 80, tls, isAddress: true, path };
}

function tlsFor(scheme: string | undefined, options: TLSOptions | null): TLSSettings | null {
  if (scheme === 'http') return null;
  if (options) return settingsOf(options);
  return scheme === 'https' ? settingsOf(TLSOptions.client()) : null;
}

/** What is wrong with a server, and the status that shows it; null if nothing is wrong. */
export function checkServer(host: string, server: Server): { status: Status; failure: Failure } | null {
  if (server.path !== null) return null;
  if (!mayBeHost(server.host)) {
    return { status: Status.CANT_RESOLVE, failure: refusal('INVALID_HOST', hostFlaw(host)) };
  }
  if (isPort(server.port)) return null;
  const message = `port must be 1 to 65535, or -1 for the default of the scheme, not ${server.port}.`;
  return { status: Status.CANT_CONNECT, failure: refusal('INVALID_PORT', message) };
}
