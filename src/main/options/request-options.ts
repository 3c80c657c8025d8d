import { WorkerPool } from '../pool/worker-pool.ts';
import { requireBoolean, requireKnown, requireObject, stringsOf } from './arguments.ts';
import { COMMON_OPTIONS, type HTTPClientOptions, normaliseOptions, type Settings } from './options.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';

/**
 * What `new HTTPRequest()` takes: all of {@link HTTPClientOptions} but `bufferSize` and `decompress`, and some of its
 * own. An unknown name throws `TypeError`.
 */
export interface HTTPRequestOptions extends Omit<HTTPClientOptions, 'bufferSize' | 'decompress'> {
  /**
   * How the servers of `https://` URLs are verified. `setTLSOptions()` changes it later. Null, the default:
   * `TLSOptions.client()`.
   */
  tls?: TLSOptions | null;
  /**
   * Whether redirects are followed (RFC 9110 section 15.4). If not, the response that redirects is the result, like any
   * other. Default true.
   */
  followRedirects?: boolean;
  /**
   * Whether a redirect may lead from `https://` to `http://`. If not, it is CONNECTION_ERROR, code `INSECURE_REDIRECT`.
   * Default false.
   */
  allowInsecureRedirects?: boolean;
  /**
   * Names of header fields, in any casing, that are sent only to the origin of the URL (scheme, host and port). A
   * redirect to another origin does not get them, as it does not get Authorization, Proxy-Authorization, Cookie and
   * Host. Default: `[]`.
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

/** `satisfies` keeps this list complete. */
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
 * The same object for the same options, which many requests have. So they take memory once, and a worker is sent the
 * settings once. Throws what {@link normaliseRequestOptions} throws.
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

/** A program has only a few kinds of requests. */
const MOST_RECENT = 4;

/** The options if nothing in them can change: plain values, a pool, TLS options. Null for others. */
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

/**
 * Fills in the defaults. Throws `TypeError` for a wrong type or an unknown name, `RangeError` for a number out of
 * range.
 */
export function normaliseRequestOptions(options: HTTPRequestOptions): NormalisedRequestOptions {
  requireObject('options', options);
  requireKnown('', options, OPTIONS, REQUEST);
  const { tls = null, followRedirects = true, allowInsecureRedirects = false } = options;
  const { sensitiveHeaders = [] } = options;
  // It inherits the options, and those that they inherit, as for HTTPClient. It has no own names: those are checked
  // above.
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

/** How servers of `https://` URLs are verified if nothing was set. */
export const VERIFYING_CLIENT = TLSOptions.client();
