import type { Failure } from '../../shared/failure.ts';
import type { Connection } from '../connection/connection.ts';
import { refusal } from '../connection/failures.ts';
import { requireBoolean, requireString, requireWholeNumber } from '../options/arguments.ts';
import type { Timeouts } from '../options/timeouts.ts';
import { place } from '../place/here.ts';
import { type ConfiguredProxy, parseProxySetting } from './proxy.ts';
import { ResponseAccessors } from './response-accessors.ts';

/**
 * For clients only: the proxy that was set for connections with TLS, or without. A Failure if the setting was invalid.
 */
export let proxyOf: (client: AdjustableClient, tls: boolean) => ConfiguredProxy | Failure | null;

/** The settings of an `HTTPClient` that can change at any time. */
export abstract class AdjustableClient extends ResponseAccessors {
  readonly #connection: Connection;
  #httpProxy: ConfiguredProxy | Failure | null = null;
  #httpsProxy: ConfiguredProxy | Failure | null = null;
  #readChunkSize = 65_536;

  /** @internal */
  constructor(connection: Connection) {
    super(connection.response);
    this.#connection = connection;
  }

  /**
   * Changes some of the time limits; those that are not given stay. They take effect at the next `connectToHost()` or
   * `request()`, `blocking` at the next call. Throws `TypeError` or `RangeError` for an invalid one, and changes none.
   * Beyond Godot.
   */
  setTimeouts(timeouts: Partial<Timeouts>): void {
    this.#connection.setTimeouts(timeouts);
  }

  /**
   * Whether `poll()`, the body reads, and `getData()` and `putData()` of the connection sleep until there is something
   * to report, for at most `timeouts.blocking`. Takes effect at the next call. In a page it stays false, except in a
   * worker of an isolated page. Default false.
   */
  get blockingModeEnabled(): boolean {
    return this.#connection.blocking;
  }

  set blockingModeEnabled(enabled: boolean) {
    requireBoolean('blockingModeEnabled', enabled);
    const impossible = enabled ? (place.refusals?.blocking() ?? null) : null;
    if (impossible) this.#connection.failure = impossible;
    this.#connection.blocking = enabled && impossible === null;
  }

  /** Godot's setter of {@link blockingModeEnabled}. */
  setBlockingMode(enabled: boolean): void {
    this.blockingModeEnabled = enabled;
  }

  /** Godot's getter of {@link blockingModeEnabled}. */
  isBlockingModeEnabled(): boolean {
    return this.#connection.blocking;
  }

  /**
   * The most bytes that one `readResponseBodyChunk()` or `borrowResponseBodyChunk()` returns: 256 to 16 777 216,
   * default 65 536. Any other number changes nothing, and `getLastError()` has the code INVALID_CHUNK_SIZE.
   */
  get readChunkSize(): number {
    return this.#readChunkSize;
  }

  set readChunkSize(bytes: number) {
    requireWholeNumber('readChunkSize', bytes);
    if (bytes >= 256 && bytes <= 16_777_216) this.#readChunkSize = bytes;
    else {
      const message = `readChunkSize must be 256 to 16777216, not ${bytes}. It stays ${this.#readChunkSize}.`;
      this.#connection.failure = refusal('INVALID_CHUNK_SIZE', message);
    }
  }

  /** Godot's setter of {@link readChunkSize}. */
  setReadChunkSize(bytes: number): void {
    this.readChunkSize = bytes;
  }

  /** Godot's getter of {@link readChunkSize}. */
  getReadChunkSize(): number {
    return this.#readChunkSize;
  }

  /**
   * The proxy for connections without TLS. Default: none, or that of `proxyFromEnvironment`. A change takes effect at
   * the next `connectToHost()`. An HTTP proxy gets requests in absolute form (RFC 9112 section 3.2.2); a SOCKS5 proxy
   * opens a tunnel (RFC 1928). Either resolves the host's name itself.
   *
   * @param host `[scheme://][user:password@]host`. The scheme is `http` (default), `https` (a proxy that is reached
   *   over TLS: see `proxyTLS`) or `socks5` (`socks` and `socks5h` mean the same). Percent-encode each of `/ ? # % @ :`
   *   in the user and the password. `""` removes the proxy. `getLastError()` reports an invalid one, code
   *   INVALID_PROXY, and the next `connectToHost()` returns ERR_INVALID_PARAMETER.
   * @param port 1 to 65535; -1 removes the proxy.
   */
  setHttpProxy(host: string, port: number): void {
    this.#httpProxy = this.#parseProxy(host, port);
  }

  /**
   * Like {@link setHttpProxy}, for connections with TLS. They go through a tunnel that the proxy opens: an HTTP proxy
   * is asked with CONNECT (RFC 9110 section 9.3.6). If it opens none, the status becomes CANT_CONNECT, and
   * `getLastError().proxyResponse` is what it answered.
   */
  setHttpsProxy(host: string, port: number): void {
    this.#httpsProxy = this.#parseProxy(host, port);
  }

  #parseProxy(host: string, port: number): ConfiguredProxy | Failure | null {
    requireString('host', host);
    requireWholeNumber('port', port);
    const proxy = parseProxySetting(host, port);
    if (proxy && 'phase' in proxy) this.#connection.failure = proxy;
    else if (this.#connection.failure?.code === 'INVALID_PROXY') this.#connection.failure = null;
    return proxy;
  }

  static {
    proxyOf = (client, tls) => (tls ? client.#httpsProxy : client.#httpProxy);
  }
}
