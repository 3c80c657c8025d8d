import { requireBoolean, requireKnown, requireObject, stringsOf } from './arguments.ts';
import { type HTTPClientOptions, normaliseOptions, type Settings } from './options.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';

export interface HTTPRequestOptions extends Omit<HTTPClientOptions, 'bufferSize'> {
  /** How servers are verified, for `https://` URLs. `setTLSOptions()` changes it. Default `TLSOptions.client()`. */
  tls?: TLSOptions | null;
  /** False: an answer that redirects is the result, like any other. Default true. */
  followRedirects?: boolean;
  /**
   * Whether `https://` may lead to `http://`. If not, such a redirect is CONNECTION_ERROR, code `INSECURE_REDIRECT`.
   * Default false.
   */
  allowInsecureRedirects?: boolean;
  /**
   * Names of header fields that only the origin of the URL is told, and none that a redirect leads to; besides
   * Authorization, Proxy-Authorization, Cookie and Host.
   */
  sensitiveHeaders?: readonly string[];
}

/** The options, complete. */
export interface NormalisedRequestOptions {
  readonly shared: Settings;
  readonly tls: TLSOptions | null;
  readonly followRedirects: boolean;
  readonly allowInsecureRedirects: boolean;
  readonly sensitiveHeaders: readonly string[];
}

/** `satisfies` keeps it complete. */
const OPTIONS = {
  pool: true,
  timeouts: true,
  limits: true,
  transferBody: true,
  proxyCredentials: true,
  proxyTLS: true,
  proxyFromEnvironment: true,
  localAddress: true,
  family: true,
  dnsLifetime: true,
  tcpKeepAlive: true,
  tls: true,
  followRedirects: true,
  allowInsecureRedirects: true,
  sensitiveHeaders: true,
} satisfies Record<keyof HTTPRequestOptions, true>;

/** Fills in the defaults. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. */
export function normaliseRequestOptions(options: HTTPRequestOptions): NormalisedRequestOptions {
  requireObject('options', options);
  requireKnown('', options, OPTIONS);
  const { tls = null, followRedirects = true, allowInsecureRedirects = false, ...others } = options;
  const { sensitiveHeaders = [], ...shared } = others;
  requireBoolean('followRedirects', followRedirects);
  requireBoolean('allowInsecureRedirects', allowInsecureRedirects);
  if (tls !== null) settingsOf(tls, 'tls');
  return {
    shared: normaliseOptions(shared),
    tls,
    followRedirects,
    allowInsecureRedirects,
    sensitiveHeaders: stringsOf('sensitiveHeaders', sensitiveHeaders).map((name) => name.toLowerCase()),
  };
}

/** What `https://` URLs are verified with, where nothing was set. */
export const VERIFYING_CLIENT = TLSOptions.client();
