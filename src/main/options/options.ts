import { isAddress, isIPv6 } from '../../shared/address.ts';
import { credentialsFlaw } from '../../shared/proxy-syntax.ts';
import type { ClientSettings, Family, ProxyCredentials, ProxyDefaults } from '../../shared/settings.ts';
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
} from './arguments.ts';
import { MAX_MILLISECONDS, type NormalisedTimeouts, normaliseTimeouts, type Timeouts } from './timeouts.ts';
import { settingsOf, TLSOptions } from './tls-options.ts';

export interface HTTPClientOptions {
  /**
   * The pool whose threads do the I/O. Default: one pool for all clients of a thread that were given none, made on
   * first use. Other copies of this version share it.
   */
  pool?: WorkerPool;
  /**
   * Bytes of body that may wait for the caller. They are the whole memory of a connection, whatever the server sends:
   * when they are full the socket is not read, and the sender is held back. Rounded up to a power of two, and to at
   * least four times the head limits (524 288 with the default ones). 16 384 to 268 435 456; default 4 194 304. Memory
   * is used only as data first passes; a connection that only gets small responses uses an eighth of it. A program that
   * reads once a frame moves at most this much a frame: 250 MB/s at 60 Hz by default.
   */
  bufferSize?: number;
  /** How long things may take: see {@link Timeouts}. `setTimeouts()` changes them. */
  timeouts?: Partial<Timeouts>;
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
   * those in lower case, at each `connectToHost()`. A proxy that was set with `setHttpProxy()` or `setHttpsProxy()`
   * comes first. Default false.
   */
  proxyFromEnvironment?: boolean;
  /** The address of this machine that connections come from. Default: the system's choice. */
  localAddress?: string;
  /** 4 or 6: names are resolved to addresses of this kind only. Default 0, both. */
  family?: 0 | 4 | 6;
  /**
   * Milliseconds for which a worker may use an answer of DNS again. 0 to 3 600 000; default 30 000. Failures are not
   * kept. An answer is forgotten when a connection made with it fails or is lost.
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
  /**
   * Asks servers for packed bodies (`Accept-Encoding: gzip, deflate, br`, and `zstd` from Node 22.15 on; unless a
   * request has an `Accept-Encoding` of its own, or a `Range`), and unpacks what comes by its `Content-Encoding`: lists
   * of up to five codings too. `getResponseBodyLength()` is -1 then. An unknown coding, more than five, and a 206 are
   * handed over as they came. Corrupt or truncated data is CONNECTION_ERROR, code `BODY_DECOMPRESS_FAILED`. Memory
   * stays as it is: no more is unpacked than there is room for. Default false.
   */
  decompress?: boolean;
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

/** The options that HTTPClient and HTTPRequest have in common, besides `pool`, which is the first in messages. */
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

/** Fills in the defaults. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. */
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
  const { tcpKeepAlive = 60_000, decompress = false } = options;
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
    throw new RangeError(`localAddress must be an address of this machine, not ${describe(localAddress)}`);
  }
  const its = isIPv6(localAddress) ? 6 : 4;
  if (family !== 0 && family !== its)
    throw new RangeError(`localAddress ${localAddress} is of family ${its}, not ${family}`);
  return { localAddress, family: its };
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
