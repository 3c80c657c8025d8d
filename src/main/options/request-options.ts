import { WorkerPool } from '../pool/worker-pool.ts';
import { requireBoolean, requireKnown, requireObject, stringsOf } from './arguments.ts';
import { COMMON_OPTIONS, type HTTPClientOptions, normaliseOptions, type Settings } from './options.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';

export interface HTTPRequestOptions extends Omit<HTTPClientOptions, 'bufferSize' | 'decompress'> {
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
  ...COMMON_OPTIONS,
  tls: true,
  followRedirects: true,
  allowInsecureRedirects: true,
  sensitiveHeaders: true,
} satisfies Record<keyof HTTPRequestOptions, true>;

const REQUEST = {
  name: 'HTTPRequest',
  variable: 'request',
  properties: [
    'timeout',
    'bodySizeLimit',
    'maxRedirects',
    'useThreads',
    'blockingModeEnabled',
    'acceptGzip',
    'downloadFile',
    'downloadChunkSize',
    'keepPartialDownload',
    'appendToDownloadFile',
  ],
};

/**
 * The same for the same options, as many objects have them: it takes memory once, and a worker is told the settings
 * once. Throws what {@link normaliseRequestOptions} throws.
 */
export function sharedRequestOptions(options: HTTPRequestOptions): NormalisedRequestOptions {
  const given = unchangeable(options);
  if (given === null) return normaliseRequestOptions(options);
  const known = recent.find((entry) => sameEntries(entry.given, given));
  if (known) return known.normalised;
  const normalised = normaliseRequestOptions(options);
  recent.unshift({ given, normalised });
  recent.length = Math.min(recent.length, MOST_RECENT);
  return normalised;
}

type Entries = readonly (readonly [name: string, value: unknown])[];

const recent: { readonly given: Entries; readonly normalised: NormalisedRequestOptions }[] = [];

/** A program has a few kinds of requests. */
const MOST_RECENT = 4;

/** Options of which nothing can change: by value, a pool, TLS options. Null for others. */
function unchangeable(options: unknown): Entries | null {
  if (typeof options !== 'object' || options === null) return null;
  if (Object.getPrototypeOf(options) !== Object.prototype) return null;
  const entries = Object.entries(options);
  return entries.every(([, value]) => cannotChange(value)) ? entries : null;
}

function cannotChange(value: unknown): boolean {
  return Object(value) !== value || value instanceof WorkerPool || value instanceof TLSOptions;
}

function sameEntries(some: Entries, others: Entries): boolean {
  if (some.length !== others.length) return false;
  return some.every(([name, value], at) => name === others[at]?.[0] && Object.is(value, others[at]?.[1]));
}

/** Fills in the defaults. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. */
export function normaliseRequestOptions(options: HTTPRequestOptions): NormalisedRequestOptions {
  requireObject('options', options);
  requireKnown('', options, OPTIONS, REQUEST);
  const { tls = null, followRedirects = true, allowInsecureRedirects = false } = options;
  const { sensitiveHeaders = [] } = options;
  // With all that it inherits itself, as for HTTPClient, and without names of its own, which are known by now.
  const shared: HTTPRequestOptions = Object.create(options);
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
