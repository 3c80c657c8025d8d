import { isAddress, isIPv6 } from '../shared/address.ts';
import type {
  ClientSettings,
  Family,
  ProxyCredentials,
  ProxyDefaults,
  Timeouts,
} from '../shared/messages.ts';
import { credentialsFlaw } from '../shared/proxy-syntax.ts';
import {
  describe,
  requireBoolean,
  requireInteger,
  requireKnown,
  requireObject,
  requireSecret,
  requireString,
  requireWholeNumber,
} from './arguments.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';
import { defaultWorkers, type WorkerPool, workersOf } from './worker-pool.ts';
import type { Workers } from './workers.ts';

export interface HTTPClientOptions {
  /**
   * Whose threads do the I/O. Default: a pool that all such clients of a thread share, made on first use, by
   * whatever copy of this version they were made.
   */
  pool?: WorkerPool;
  /**
   * Bytes of body that may wait for the caller: the whole memory of a connection, whatever the server sends. When
   * they are full the socket is not read, and the sender is held back. Rounded up to a power of two, and to at least
   * four times the head limits (524 288 with the default ones). 16 384 to 268 435 456; default 4 194 304. Memory is
   * used only as data first passes; a connection that only gets small responses uses an eighth of it.
   * A program that reads once a frame moves at most this much a frame: 250 MB/s at 60 Hz by default.
   */
  bufferSize?: number;
  /** Milliseconds. All but `blocking` are kept by the worker, so that a busy caller fires none, and are off at 0. */
  timeouts?: {
    /** For DNS, of the host or of its proxy. CANT_RESOLVE, code `RESOLVE_TIMEOUT`. Default: that of `connect`. */
    resolve?: number;
    /**
     * For TCP, whatever number of addresses there is, and again for a proxy's consent to a tunnel.
     * CANT_CONNECT, code `CONNECT_TIMEOUT`. Default
     * 30 000.
     */
    connect?: number;
    /** For a TLS handshake. TLS_HANDSHAKE_ERROR, code `TLS_TIMEOUT`. Default: that of `connect`. */
    tls?: number;
    /**
     * From the request, or the last of its body that could be sent, to the first byte of the answer. CONNECTION_ERROR,
     * code `HEADERS_TIMEOUT`. Default 0.
     */
    headers?: number;
    /**
     * From one byte of the answer to the next. Stands still while `bufferSize` is used up. CONNECTION_ERROR, code
     * `BODY_TIMEOUT`. Default 0.
     */
    body?: number;
    /**
     * From the request to the end of the answer. Stands still while `bufferSize` is used up. CONNECTION_ERROR, code
     * `REQUEST_TIMEOUT`. Default 0.
     */
    request?: number;
    /**
     * Milliseconds that one call may sleep in blocking mode, counted by its sleeps and by no clock. When they
     * are over it returns with what there is and the status unchanged, so a loop goes on where it was.
     * Default 30 000.
     */
    blocking?: number;
  };
  limits?: {
    /** Bytes of a response head, and of a trailer section. Default 65 536. */
    headSize?: number;
    /** Fields of a response head, and of a trailer section. Default 1000. */
    headFields?: number;
  };
  /**
   * Hands the memory of a `requestRaw()` body to the worker instead of copying it: the caller's array is empty
   * afterwards. An array that shares its memory with others (a small `Buffer`, a `subarray`) is copied all the same.
   * Default false.
   */
  transferBody?: boolean;
  /** For proxies that were set without any (`user:password@` before the host). Sent at once: Basic, or SOCKS5's own. */
  proxyCredentials?: { username: string; password: string };
  /** How a proxy is verified that is reached over TLS. Default `TLSOptions.client()`. */
  proxyTLS?: TLSOptions;
  /**
   * Takes the proxies from the environment variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or from
   * those in lower case, at each `connectToHost()`; a proxy that was set with `setHttpProxy()` or
   * `setHttpsProxy()` goes before.
   * Default false.
   */
  proxyFromEnvironment?: boolean;
  /** The address of this machine that connections come from. Default: the system's choice. */
  localAddress?: string;
  /** 4 or 6: names are resolved to addresses of this kind only. Default 0, both. */
  family?: 0 | 4 | 6;
  /**
   * Milliseconds for which a worker may use an answer of DNS again. 0 to 3 600 000; default 30 000. Failures are not
   * kept, and neither is an answer that led to no connection, or to one that was lost.
   */
  dnsLifetime?: number;
  /**
   * Milliseconds without a byte from the peer, after which the system asks whether it is there (TCP keep-alive): of a
   * connection that is idle, that waits for an answer or that streams, and of one to a proxy. Without an answer to
   * ten such questions, a second apart, the connection is lost: CONNECTION_ERROR, code `ETIMEDOUT`. The system does
   * not ask while bytes that were sent are unacknowledged: then its own limit of retransmissions ends the wait
   * (Linux: about 15 minutes), or `timeouts`. The system counts whole seconds, Linux at most 32 767. 0 is off, else
   * 1000 to 2 147 483 647; default 60 000.
   */
  tcpKeepAlive?: number;
}

/** The options, complete. */
export interface Settings {
  readonly workers: () => Workers;
  readonly bufferSize: number;
  readonly blockingTimeout: number;
  readonly transferBody: boolean;
  readonly proxyFromEnvironment: boolean;
  readonly proxyDefaults: ProxyDefaults;
  /** What the worker must know. */
  readonly client: ClientSettings;
}

const MAX_MILLISECONDS = 2 ** 31 - 1;

/** `satisfies` keeps these lists complete. */
const OPTIONS = {
  pool: true,
  bufferSize: true,
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
} satisfies Record<keyof HTTPClientOptions, true>;

const TIMEOUTS = {
  resolve: true,
  connect: true,
  tls: true,
  headers: true,
  body: true,
  request: true,
  blocking: true,
} satisfies Record<keyof NonNullable<HTTPClientOptions['timeouts']>, true>;

const LIMITS = { headSize: true, headFields: true } satisfies Record<
  keyof NonNullable<HTTPClientOptions['limits']>,
  true
>;

const CREDENTIALS = { username: true, password: true } satisfies Record<keyof ProxyCredentials, true>;

/** Fills in the defaults. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. */
export function settle(options: HTTPClientOptions): Settings {
  requireObject('options', options);
  requireKnown('', options, OPTIONS);
  const { pool, bufferSize = 2 ** 22, timeouts = {} } = options;
  const { transferBody = false, proxyFromEnvironment = false } = options;
  requireObject('timeouts', timeouts);
  requireKnown('timeouts.', timeouts, TIMEOUTS);
  const { blocking = 30_000 } = timeouts;
  const workers = pool === undefined ? null : workersOf(pool);
  requireInteger('bufferSize', bufferSize, 2 ** 14, 2 ** 28);
  requireInteger('timeouts.blocking', blocking, 1, MAX_MILLISECONDS);
  requireBoolean('transferBody', transferBody);
  requireBoolean('proxyFromEnvironment', proxyFromEnvironment);
  return {
    workers: () => workers ?? defaultWorkers(),
    bufferSize,
    blockingTimeout: blocking,
    transferBody,
    proxyFromEnvironment,
    proxyDefaults: settleProxyDefaults(options),
    client: settleClient(options),
  };
}

function settleClient(options: HTTPClientOptions): ClientSettings {
  const { limits = {}, timeouts = {}, localAddress, family = 0, dnsLifetime = 30_000 } = options;
  const { tcpKeepAlive = 60_000 } = options;
  requireObject('limits', limits);
  requireKnown('limits.', limits, LIMITS);
  const { headSize = 65_536, headFields = 1000 } = limits;
  requireInteger('limits.headSize', headSize, 256, 2 ** 24);
  requireInteger('limits.headFields', headFields, 1, 2 ** 16);
  requireInteger('dnsLifetime', dnsLifetime, 0, 3_600_000);
  requireWholeNumber('tcpKeepAlive', tcpKeepAlive);
  if (tcpKeepAlive !== 0 && (tcpKeepAlive < 1000 || tcpKeepAlive > MAX_MILLISECONDS))
    throw new RangeError(`tcpKeepAlive must be 0 or 1000 to ${MAX_MILLISECONDS}, not ${tcpKeepAlive}`);
  return {
    limits: { maxHeadSize: headSize, maxHeadFields: headFields },
    timeouts: settleTimeouts(timeouts),
    ...settleAddress(localAddress, family),
    dnsLifetime,
    tcpKeepAlive,
  };
}

function settleProxyDefaults({ proxyTLS = VERIFYING, proxyCredentials }: HTTPClientOptions): ProxyDefaults {
  const credentials = proxyCredentials === undefined ? null : settleCredentials(proxyCredentials);
  return { tls: settingsOf(proxyTLS, 'proxyTLS'), credentials };
}

const VERIFYING = TLSOptions.client();

function settleTimeouts(given: Partial<Timeouts>): Timeouts {
  const { connect = 30_000, resolve = connect, tls = connect, headers = 0, body = 0, request = 0 } = given;
  const timeouts = { connect, resolve, tls, headers, body, request };
  for (const [name, milliseconds] of Object.entries(timeouts)) {
    requireInteger(`timeouts.${name}`, milliseconds, 0, MAX_MILLISECONDS);
  }
  return timeouts;
}

function settleAddress(
  localAddress: string | undefined,
  family: Family,
): Pick<ClientSettings, 'localAddress' | 'family'> {
  requireWholeNumber('family', family);
  if (family !== 0 && family !== 4 && family !== 6)
    throw new RangeError(`family must be 0, 4 or 6, not ${describe(family)}`);
  if (localAddress === undefined) return { localAddress: null, family };
  requireString('localAddress', localAddress);
  if (!isAddress(localAddress)) {
    throw new RangeError(`localAddress must be an address of this machine, not ${describe(localAddress)}`);
  }
  const its = isIPv6(localAddress) ? 6 : 4;
  if (family !== 0 && family !== its)
    throw new RangeError(`localAddress ${localAddress} is of family ${its}, not ${family}`);
  return { localAddress, family: its };
}

function settleCredentials(credentials: ProxyCredentials): ProxyCredentials {
  requireObject('proxyCredentials', credentials);
  requireKnown('proxyCredentials.', credentials, CREDENTIALS);
  const { username, password } = credentials;
  requireSecret('proxyCredentials.username', username);
  requireSecret('proxyCredentials.password', password);
  const flaw = credentialsFlaw('socks5', { username, password });
  if (flaw) throw new RangeError(`proxyCredentials ${flaw}`);
  return { username, password };
}
