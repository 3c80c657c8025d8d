import { isAddress, isIPv6 } from '../../shared/address.ts';
import { credentialsFlaw } from '../../shared/proxy-syntax.ts';
import type {
  ClientSettings,
  Family,
  FetchOptions,
  ProxyCredentials,
  ProxyDefaults,
} from '../../shared/settings.ts';
import { defaultWorkers, type WorkerPool, workersOf } from '../pool/worker-pool.ts';
import type { Workers } from '../pool/workers.ts';
import {
  describe,
  requireBoolean,
  requireInteger,
  requireKnown,
  requireObject,
  requireSecret,
  requireString,
  requireWholeNumber,
  withoutText,
} from './arguments.ts';
import { normaliseFetch } from './fetch-options.ts';
import { MAX_MILLISECONDS, type NormalisedTimeouts, normaliseTimeouts, type Timeouts } from './timeouts.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';

/**
 * What `new HTTPClient()` takes. All options are optional; `undefined` means the default. An unknown name throws
 * `TypeError`.
 */
export interface HTTPClientOptions {
  /**
   * The pool whose threads do the I/O. Default: `WorkerPool.default`, one pool for all clients of a thread that are
   * given none. It is created at first use, and other copies of this version share it.
   */
  pool?: WorkerPool;
  /**
   * The most body bytes that may wait for the caller: 16 384 to 268 435 456, default 4 194 304. They are the whole
   * memory of a connection, whatever the server sends. When they are used up the socket is not read, which holds the
   * server back. The number is rounded up to a power of two, and to at least four times the sum of `limits` (524 288
   * for their defaults). Memory is used only where data has passed: a connection that gets only small responses uses an
   * eighth of it. A program that reads once a frame gets at most this much a frame: 250 MB/s at 60 Hz by default.
   */
  bufferSize?: number;
  /** Time limits: see {@link Timeouts} for each with its default. `setTimeouts()` changes them later. */
  timeouts?: Partial<Timeouts>;
  /**
   * How large the head of a response may be. A larger one is CONNECTION_ERROR, code `HEAD_TOO_LARGE` or
   * `TOO_MANY_FIELDS`.
   */
  limits?: {
    /** Bytes of a response head, and of a trailer section: 256 to 16 777 216, default 65 536. */
    headSize?: number;
    /** Fields of a response head, and of a trailer section: 1 to 65 536, default 1000. */
    headFields?: number;
  };
  /**
   * Whether `requestRaw()` gives the memory of its body to the worker instead of copying it. Then the caller's array is
   * empty afterwards. An array that shares its memory with others (a small `Buffer`, a `subarray`) is copied
   * nevertheless. The memory of copies serves the next bodies of the pool: at most 128 MiB are kept, and only for a few
   * seconds. Default false.
   */
  transferBody?: boolean;
  /**
   * For proxies that were set without credentials (`user:password@` before the host). They are sent at once, without
   * waiting to be asked: as Basic (RFC 7617), or by SOCKS5's own method (RFC 1929). Default: none.
   */
  proxyCredentials?: {
    /** A control character in it throws `RangeError`. For an HTTP proxy it can't contain `:` (RFC 7617 section 2). */
    username: string;
    /** A control character in it throws `RangeError`. */
    password: string;
  };
  /** How an `https://` proxy is verified. Default `TLSOptions.client()`. */
  proxyTLS?: TLSOptions;
  /**
   * Whether proxies are taken from the environment variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`,
   * at each `connectToHost()` (of an `HTTPRequest`: at each `request()`). A variable in lower case comes before the one
   * in upper case. A proxy that was set with `setHttpProxy()` or `setHttpsProxy()` comes before both. Default false.
   */
  proxyFromEnvironment?: boolean;
  /**
   * The IP address of this machine that connections come from, also those to a proxy. They then go only to addresses of
   * its family. Default: the system's choice.
   */
  localAddress?: string;
  /**
   * 4 or 6: names are resolved to IPv4 or IPv6 addresses only. Through a proxy this is about the proxy's name. 0, the
   * default: both.
   */
  family?: 0 | 4 | 6;
  /**
   * Milliseconds for which a worker thread reuses an answer of DNS, for all its clients: 0 (never) to 3 600 000,
   * default 30 000. Failures are not kept. An answer is forgotten when a connection made with it fails or is lost.
   */
  dnsLifetime?: number;
  /**
   * TCP keep-alive: after so many milliseconds without a byte from the peer the system asks whether it is there. 0 is
   * off, else 1000 to 2 147 483 647; default 60 000. The system counts whole seconds, Linux at most 32 767.
   *
   * It applies to a connection that is idle, waits for a response, or streams, and to one that leads to a proxy. If ten
   * such questions, a second apart, get no answer, the connection is lost: CONNECTION_ERROR, code `ETIMEDOUT`. The
   * system does not ask while bytes that were sent are unacknowledged. Then its own limit of retransmissions ends the
   * wait (Linux: about 15 minutes), or `timeouts` do.
   */
  tcpKeepAlive?: number;
  /**
   * Whether the client asks for compressed bodies, and decompresses them. It sends
   * `Accept-Encoding: gzip, deflate, br`, and `zstd` from Node 22.15 on, unless a request has an `Accept-Encoding` or a
   * `Range` of its own. A body is decompressed according to its `Content-Encoding` (RFC 9110 section 8.4), which may
   * list up to five codings. Then `getResponseBodyLength()` is -1. A body with an unknown coding or with more than
   * five, and a 206, are delivered as they came. Corrupt or truncated data is CONNECTION_ERROR,
   * code `BODY_DECOMPRESS_FAILED`. It takes no more memory: only as much is decompressed as there is room for. Default
   * false.
   */
  decompress?: boolean;
  /**
   * In a page: what is handed to the browser's `fetch`. See {@link FetchOptions} for each option with its default. In
   * Node it has no effect.
   */
  fetch?: FetchOptions;
}

/** The options, complete. */
export interface Settings {
  readonly workers: () => Workers;
  readonly bufferSize: number;
  readonly timeouts: NormalisedTimeouts;
  readonly transferBody: boolean;
  readonly proxyFromEnvironment: boolean;
  readonly proxyDefaults: ProxyDefaults;
  /** What the worker must know. */
  readonly client: ClientSettings;
}

/** The options that HTTPClient and HTTPRequest have in common. `pool` is one too, but comes first in messages. */
export const COMMON_OPTIONS = {
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
  fetch: true,
} satisfies Partial<Record<keyof HTTPClientOptions, true>>;

/** `satisfies` keeps these lists complete. */
const OPTIONS = {
  pool: true,
  bufferSize: true,
  ...COMMON_OPTIONS,
  decompress: true,
} satisfies Record<keyof HTTPClientOptions, true>;

const CLIENT = {
  name: 'HTTPClient',
  variable: 'client',
  properties: ['blockingModeEnabled', 'readChunkSize', 'connection'],
};

const LIMITS = { headSize: true, headFields: true } satisfies Record<
  keyof NonNullable<HTTPClientOptions['limits']>,
  true
>;

const CREDENTIALS = { username: true, password: true } satisfies Record<keyof ProxyCredentials, true>;

/**
 * Fills in the defaults. Throws `TypeError` for a wrong type or an unknown name, `RangeError` for a number out of
 * range.
 */
export function normaliseOptions(options: HTTPClientOptions): Settings {
  requireObject('options', options);
  requireKnown('', options, OPTIONS, CLIENT);
  const { pool, bufferSize = 2 ** 22, timeouts: given = {} } = options;
  const { transferBody = false, proxyFromEnvironment = false } = options;
  const workers = pool === undefined ? null : workersOf(pool);
  requireInteger('bufferSize', bufferSize, 2 ** 14, 2 ** 28);
  requireBoolean('transferBody', transferBody);
  requireBoolean('proxyFromEnvironment', proxyFromEnvironment);
  const timeouts = normaliseTimeouts(given);
  return {
    workers: () => workers ?? defaultWorkers(),
    bufferSize,
    timeouts,
    transferBody,
    proxyFromEnvironment,
    proxyDefaults: normaliseProxyDefaults(options),
    client: normaliseForWorker(options, timeouts),
  };
}

function normaliseForWorker(options: HTTPClientOptions, timeouts: NormalisedTimeouts): ClientSettings {
  const { limits = {}, localAddress, family = 0, dnsLifetime = 30_000 } = options;
  const { tcpKeepAlive = 60_000, decompress = false, fetch = {} } = options;
  requireObject('limits', limits);
  requireKnown('limits.', limits, LIMITS);
  const { headSize = 65_536, headFields = 1000 } = limits;
  requireInteger('limits.headSize', headSize, 256, 2 ** 24);
  requireInteger('limits.headFields', headFields, 1, 2 ** 16);
  requireInteger('dnsLifetime', dnsLifetime, 0, 3_600_000);
  requireBoolean('decompress', decompress);
  requireWholeNumber('tcpKeepAlive', tcpKeepAlive);
  if (tcpKeepAlive !== 0 && (tcpKeepAlive < 1000 || tcpKeepAlive > MAX_MILLISECONDS))
    throw new RangeError(`tcpKeepAlive must be 0 or 1000 to ${MAX_MILLISECONDS}, not ${tcpKeepAlive}`);
  return {
    limits: { maxHeadSize: headSize, maxHeadFields: headFields },
    timeouts: timeouts.worker,
    ...normaliseAddress(localAddress, family),
    dnsLifetime,
    tcpKeepAlive,
    decompress,
    fetch: normaliseFetch(fetch),
  };
}

function normaliseProxyDefaults({
  proxyTLS = VERIFYING,
  proxyCredentials,
}: HTTPClientOptions): ProxyDefaults {
  const credentials = proxyCredentials === undefined ? null : normaliseCredentials(proxyCredentials);
  return { tls: settingsOf(proxyTLS, 'proxyTLS'), credentials };
}

const VERIFYING = TLSOptions.client();

function normaliseAddress(
  localAddress: string | undefined,
  family: Family,
): Pick<ClientSettings, 'localAddress' | 'family'> {
  requireWholeNumber('family', family);
  if (family !== 0 && family !== 4 && family !== 6)
    throw new RangeError(`family must be 0, 4 or 6, not ${describe(family)}`);
  if (localAddress === undefined) return { localAddress: null, family };
  requireString('localAddress', localAddress);
  if (!isAddress(localAddress)) {
    throw new RangeError(
      `localAddress must be an IP address of this machine, not ${withoutText(localAddress, /^[\da-f:.%]*$/i)}`,
    );
  }
  const addressFamily = isIPv6(localAddress) ? 6 : 4;
  if (family !== 0 && family !== addressFamily)
    throw new RangeError(`localAddress ${localAddress} is of family ${addressFamily}, not ${family}`);
  return { localAddress, family: addressFamily };
}

function normaliseCredentials(credentials: ProxyCredentials): ProxyCredentials {
  requireObject('proxyCredentials', credentials);
  requireKnown('proxyCredentials.', credentials, CREDENTIALS);
  const { username, password } = credentials;
  requireSecret('proxyCredentials.username', username);
  requireSecret('proxyCredentials.password', password);
  const flaw = credentialsFlaw('socks5', { username, password });
  if (flaw) throw new RangeError(`proxyCredentials ${flaw}`);
  return { username, password };
}
