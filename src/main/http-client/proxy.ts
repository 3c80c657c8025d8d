import { isAddress, isPort } from '../../shared/address.ts';
import type { Failure } from '../../shared/failure.ts';
import { parseProxy, shownProxy, withoutFinalSlash } from '../../shared/proxy-syntax.ts';
import type { ProxyAddress, ProxyEnvironment } from '../../shared/settings.ts';
import { refusal } from '../connection/failures.ts';

/** A proxy of `setHttpProxy()` or `setHttpsProxy()`. */
export interface ConfiguredProxy extends ProxyAddress {
  /** Whether `host` is an IP address. It needs no DNS, so a connection through this proxy starts in CONNECTING. */
  readonly isAddress: boolean;
}

/** `proxy` is the one that was set. If none was, `environment` decides. Both null: no proxy. */
export interface ProxyChoice {
  readonly proxy: ConfiguredProxy | null;
  readonly environment: ProxyEnvironment | null;
}

/**
 * Null means no proxy: as in Godot, for an empty host or the port -1. Unlike in Godot the host may have a scheme, a
 * user and a password.
 */
export function parseProxySetting(host: string, port: number): ConfiguredProxy | null | Failure {
  if (host === '' || port === -1) return null;
  const text = withoutFinalSlash(host);
  const proxy = parseProxy(text);
  if (typeof proxy === 'string') return invalid(text, proxy);
  if (proxy.port !== null) return invalid(text, 'has a port in it: give the port as the next argument');
  if (!isPort(port))
    return invalid(text, `has the invalid port ${port}: ports are 1 to 65535, or -1 for no proxy`);
  return { ...proxy, port, isAddress: isAddress(proxy.host) };
}

function invalid(text: string, flaw: string): Failure {
  return refusal('INVALID_PROXY', `proxy ${shownProxy(text)} ${flaw}.`);
}
