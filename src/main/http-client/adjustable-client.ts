import type { Failure } from '../../shared/failure.ts';
import type { Connection } from '../connection/connection.ts';
import { refusal } from '../connection/failures.ts';
import { requireBoolean, requireString, requireWholeNumber } from '../options/arguments.ts';
import type { Timeouts } from '../options/timeouts.ts';
import { type ConfiguredProxy, parseProxySetting } from './proxy.ts';
import { ResponseAccessors } from './response-accessors.ts';

/** For clients only: the proxy that was set for connections with TLS, or without. A Failure if that was invalid. */
export let proxyOf: (client: AdjustableClient, tls: boolean) => ConfiguredProxy | Failure | null;

/** What of an `HTTPClient` can be set at any time. */
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
   * Changes some of the time limits, for what begins with the next `connectToHost()` or `request()`; `blocking` for the
   * next call. Those that are not given stay. Throws `TypeError` or `RangeError` for one that is invalid, and changes
   * none. Beyond Godot.
   */
  setTimeouts(timeouts: Partial<Timeouts>): void {
    this.#connection.setTimeouts(timeouts);
  }

  /** Whether `poll()` and the body reads sleep until there is something to tell. Default false. */
  get blockingModeEnabled(): boolean {
    return this.#connection.blocking;
  }

  set blockingModeEnabled(enabled: boolean) {
    requireBoolean('blockingModeEnabled', enabled);
    this.#connection.blocking = enabled;
  }

  setBlockingMode(enabled: boolean): void {
    this.blockingModeEnabled = enabled;
  }

  isBlockingModeEnabled(): boolean {
    return this.#connection.blocking;
  }

  /** The most bytes that one body read returns: 256 to 16 777 216, default 65 536. Other numbers change nothing. */
  get readChunkSize(): number {
    return this.#readChunkSize;
  }

  set readChunkSize(bytes: number) {
    requireWholeNumber('readChunkSize', bytes);
    if (bytes >= 256 && bytes <= 16_777_216) this.#readChunkSize = bytes;
    else {
      const message = `readChunkSize is 256 to 16777216, not ${bytes}; it stays ${this.#readChunkSize}.`;
      this.#connection.failure = refusal('INVALID_CHUNK_SIZE', message);
    }
  }

  setReadChunkSize(bytes: number): void {
    this.readChunkSize = bytes;
  }

  getReadChunkSize(): number {
    return this.#readChunkSize;
  }

  /**
   * The proxy for connections without TLS, from the next `connectToHost()` on. An HTTP proxy gets requests in
   * absolute form (RFC 9112 section 3.2.2); a SOCKS5 proxy opens a tunnel. Either resolves the host's name itself.
   *
   * @param host `[scheme://][user:password@]host`; the scheme is `http` (default), `https` (a proxy that is
   *   reached over TLS: see `proxyTLS`) or `socks5` (`socks` and `socks5h` are the same). User and password may
   *   be percent-encoded. `""` unsets the proxy. An invalid one is told by `getLastError()`, and by
   *   `connectToHost()`, with ERR_INVALID_PARAMETER.
   * @param port -1 unsets the proxy.
   */
  setHttpProxy(host: string, port: number): void {
    this.#httpProxy = this.#parseProxy(host, port);
  }

  /**
   * The same as {@link setHttpProxy}, for connections with TLS: through a tunnel that the proxy is asked
   * for with CONNECT (RFC 9110 section 9.3.6). If the proxy opens none the status is CANT_CONNECT, and
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
