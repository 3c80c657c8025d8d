import { type Bytes, tryEncode } from '../../shared/copy.ts';
import { Method, Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { Connection } from '../connection/connection.ts';
import { outOfMemory, refusal, withBefore } from '../connection/failures.ts';
import { readWaiting } from '../connection/read-waiting.ts';
import { isFailed, isWaiting, stickyError } from '../connection/statuses.ts';
import { bytesOf, requireBytes, requireString, requireWholeNumber, stringsOf } from '../options/arguments.ts';
import { type HTTPClientOptions, normaliseOptions, type Settings } from '../options/options.ts';
import { settingsOf, type TLSOptions } from '../options/tls-options.ts';
import { place } from '../place/here.ts';
import { offerOf, Peers } from '../stream-peer/peers.ts';
import type { StreamPeer } from '../stream-peer/stream-peer.ts';
import { AdjustableClient, proxyOf } from './adjustable-client.ts';
import { cancelDispose, disposeWhenCollected } from './collected.ts';
import { queryStringFromDict } from './query-string.ts';
import { checkConnected, checkRequest, methodName, withoutFragment } from './request.ts';
import { checkServer, parseServer } from './server.ts';

/**
 * An HTTP/1.1 client for programs with a main loop: Godot's `HTTPClient`, with the I/O on a worker thread.
 *
 * One client is one connection, which carries one request after another. Call `connectToHost()`, then `poll()` once
 * a tick and look at `getStatus()`; in CONNECTED call `request()`, in BODY read. Nothing here waits, unless
 * `blockingModeEnabled` is set, and nothing the caller sees changes but inside these calls.
 *
 * Wrong types throw `TypeError`. Everything else is an {@link ErrorCode} or a {@link Status}, with the reason in
 * `getLastError()`.
 *
 * https://docs.godotengine.org/en/stable/classes/class_httpclient.html
 *
 * @example
 * const http = new HTTPClient();
 * http.connectToHost('https://example.com');
 * // once a tick:
 * http.poll();
 * if (http.getStatus() === Status.CONNECTED && !http.hasResponse()) http.request(Method.GET, '/', []);
 * if (http.getStatus() === Status.BODY) consume(http.readResponseBodyChunk());
 */
export class HTTPClient extends AdjustableClient {
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #peers: Peers;

  /**
   * Cheap: threads start with the first `connectToHost()`, memory is used when data comes. Throws `TypeError` or
   * `RangeError` for an invalid option.
   */
  constructor(options: HTTPClientOptions = {}) {
    const settings = normaliseOptions(options);
    const connection = new Connection(settings);
    super(connection);
    this.#settings = settings;
    this.#connection = connection;
    this.#peers = new Peers(connection);
  }

  /**
   * Ends the connection there is, and starts another. Returns at once, in blocking mode too; `poll()` tells how it
   * goes: RESOLVING (names only), CONNECTING, then CONNECTED, or CANT_RESOLVE, CANT_CONNECT, TLS_HANDSHAKE_ERROR.
   *
   * @param host A name or an address, IPv6 with or without brackets; or `unix:` and the path of a unix socket or named
   *   pipe, to which no port and no proxy applies. `https://` in front turns TLS on, `http://` off.
   * @param port -1: 443 with TLS, else 80.
   * @param tlsOptions How servers are verified; turns TLS on. With `https://` by default `TLSOptions.client()`.
   * @returns OK; ERR_INVALID_PARAMETER (an invalid host also sets CANT_RESOLVE, an invalid port CANT_CONNECT);
   *   ERR_UNAVAILABLE, with CANT_CONNECT, phase `worker`, if the pool is closed or its threads can't start. In
   *   any case the old connection is closed.
   */
  connectToHost(host: string, port = -1, tlsOptions: TLSOptions | null = null): ErrorCode {
    requireString('host', host);
    requireWholeNumber('port', port);
    // A wrong type throws, and changes nothing.
    if (tlsOptions !== null) settingsOf(tlsOptions);
    disposeWhenCollected(this, this.#connection);
    const loss = this.#connection.close();
    const server = parseServer(host, port, tlsOptions);
    if ('phase' in server) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, server, loss);
    const flaw = checkServer(host, server);
    if (flaw) {
      this.#connection.status = flaw.status;
      return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, flaw.failure, loss);
    }
    const proxy = server.path === null ? proxyOf(this, server.tls !== null) : null;
    if (proxy && 'phase' in proxy) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, proxy, loss);
    const byEnvironment = proxy === null && server.path === null && this.#settings.proxyFromEnvironment;
    const environment = byEnvironment ? place.proxyEnvironment() : null;
    return this.#connection.open(server, { proxy, environment }, loss);
  }

  /**
   * Sends a request over the connection. Status must be CONNECTED; it becomes REQUESTING until the head of
   * the answer is there. `Host`, `User-Agent`, `Accept` and, where there is a body or the method expects one,
   * `Content-Length` are added unless given. The response before is forgotten: there is none until that head.
   *
   * @param url A path with query (`/index?x=1`), a whole URL, `host:port` for CONNECT, `*` for OPTIONS. It is
   *   sent as it is: percent-encode it. A fragment (`#top`) is cut off.
   * @param headers `"Name: value"` entries, sent in this order.
   * @param body Sent as UTF-8. Ignored for GET.
   * @returns OK; ERR_INVALID_PARAMETER if something is wrong or the status is not CONNECTED, and nothing is
   *   changed; ERR_OUT_OF_MEMORY, see {@link requestRaw}.
   */
  request(method: Method, url: string, headers: readonly string[], body = ''): ErrorCode {
    requireString('body', body);
    const bytes = body === '' ? NOTHING : tryEncode(body);
    if (bytes) return this.#send(method, url, headers, bytes, true);
    return this.#refuse(ErrorCode.ERR_OUT_OF_MEMORY, outOfMemory(body.length));
  }

  /**
   * The same as {@link request}, with bytes. They are copied before the call returns, unless the client was
   * made with `transferBody`. The body is written while the answer is awaited: an answer that comes early is
   * delivered, and the rest of the body is then not sent. Without memory for a copy it is ERR_OUT_OF_MEMORY,
   * and nothing is changed, unless the first mebibyte is under way: then the status is CONNECTION_ERROR.
   * Throws `TypeError` for an array that was transferred.
   */
  requestRaw(method: Method, url: string, headers: readonly string[], body: Uint8Array): ErrorCode {
    return this.#send(method, url, headers, bytesOf('body', body), this.#settings.transferBody);
  }

  #send(
    method: Method,
    url: string,
    fields: readonly string[],
    body: Uint8Array,
    transfer: boolean,
  ): ErrorCode {
    requireWholeNumber('method', method);
    requireString('url', url);
    const target = withoutFragment(url);
    const headers = stringsOf('headers', fields);
    const length = method === Method.GET ? 0 : body.length;
    const name = methodName(method);
    const failure = checkRequest(method, target, headers, length);
    if (failure || name === undefined) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, failure);
    const notConnected = checkConnected(this.#connection);
    if (notConnected) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, notConnected);
    return this.#connection.request(name, target, headers, length > 0 ? body : null, transfer);
  }

  /**
   * Looks at what has happened and moves the status. Call it once a tick. It costs nanoseconds when nothing happened,
   * and never more for a faster server: it stops at the first unread body byte. In blocking mode it sleeps while the
   * status is RESOLVING, CONNECTING or REQUESTING, at most `timeouts.blocking`.
   *
   * @returns OK while things go well; ERR_UNCONFIGURED in DISCONNECTED; ERR_CANT_RESOLVE, ERR_CANT_CONNECT or
   *   ERR_CONNECTION_ERROR in the status of that name; in TLS_HANDSHAKE_ERROR as in Godot ERR_CANT_CONNECT from the
   *   poll that finds it, then ERR_CONNECTION_ERROR.
   */
  poll(): ErrorCode {
    const connection = this.#connection;
    const sticky = stickyError(connection.status);
    if (sticky !== ErrorCode.OK) return sticky;
    let error = connection.step();
    if (!connection.blocking || !isWaiting(connection.status)) return error;
    const budget = connection.sleepBudget();
    while (isWaiting(connection.status) && connection.sleep(budget)) error = connection.step();
    return error;
  }

  /**
   * Ends the connection, at once from any status, and forgets the response. Status is DISCONNECTED afterwards, and
   * nothing of the old connection is seen again. STREAM_TRUNCATED: see {@link StreamPeer.shutdown}.
   */
  close(): void {
    this.#connection.close();
  }

  /**
   * {@link close}, and lets go of the worker and of the memory, which serves the next client as soon as the worker has
   * done the same. The client can still be used again.
   */
  [Symbol.dispose](): void {
    this.#connection.dispose();
    cancelDispose(this.#connection);
  }

  getStatus(): Status {
    return this.#connection.status;
  }

  /** Whether the status is CANT_RESOLVE, CANT_CONNECT, CONNECTION_ERROR or TLS_HANDSHAKE_ERROR. Beyond Godot. */
  isFailed(): boolean {
    return isFailed(this.#connection.status);
  }

  /**
   * Why the last call was refused or the connection failed; null after a `connectToHost()` or `request()` that was
   * not. Beyond Godot.
   */
  getLastError(): Failure | null {
    return this.#connection.failure;
  }

  /**
   * Takes body bytes that have arrived, at most `readChunkSize`, in an array of the caller's own. Empty when
   * none have, and outside BODY. In blocking mode it sleeps until the chunk is full or the body ends. With
   * the last byte the status leaves BODY. Where there is no memory for the chunk it may be shorter, or empty;
   * nothing is lost, and `getLastError()` has the code OUT_OF_MEMORY.
   */
  readResponseBodyChunk(): Bytes {
    const connection = this.#connection;
    if (connection.status !== Status.BODY) return NOTHING;
    connection.step();
    const most = this.readChunkSize;
    const size = connection.blocking ? connection.bodyLeft(most) : connection.bodyBytes(most);
    if (size === 0) return NOTHING;
    const [whole, chunk] = readWaiting(connection, size);
    if (!whole) connection.failure = outOfMemory(size);
    return chunk.length === size ? chunk : chunk.slice();
  }

  /**
   * Takes body bytes into `target`, as many as have arrived and fit, and returns their number. It allocates no
   * memory for them, only a view or two of some hundred bytes. Throws `TypeError` for an array that was
   * transferred. In blocking mode it sleeps until `target` is full or the body ends. Beyond Godot.
   */
  readResponseBodyInto(target: Uint8Array): number {
    requireBytes('target', target);
    if (this.#connection.status !== Status.BODY) return 0;
    return this.#connection.read(target, this.#connection.sleepBudget());
  }

  /**
   * Takes body bytes that have arrived, at most `readChunkSize`, without copying: a view of the shared memory, valid
   * until the next call on this client, which gives the memory back to the worker: after that, and after the client is
   * gone, it may show other bytes, those of another client too. It holds what lies in one piece, so it may be shorter
   * than what has arrived; in blocking mode it sleeps until there is something. Some functions (`TextDecoder` in
   * browsers) refuse shared memory. Beyond Godot.
   */
  borrowResponseBodyChunk(): Uint8Array {
    const connection = this.#connection;
    if (connection.status !== Status.BODY) return NOTHING;
    connection.step();
    const budget = connection.sleepBudget();
    while (connection.status === Status.BODY && connection.bodyBytes(1) === 0 && connection.sleep(budget)) {
      connection.step();
    }
    return connection.borrow(this.readChunkSize);
  }

  /**
   * The bytes under this client, from CONNECTED on; null before, and after `close()` or a failure. Reading and writing
   * them makes the connection a stream (see {@link StreamPeer}): for a protocol of your own, or what a `101 Switching
   * Protocols` has agreed on. A stream that has ended or failed is still there to say so.
   *
   * Set it to the `connection` of another client to speak HTTP over that, as inside the tunnel that a CONNECT has
   * opened. The other client gives it away, and is DISCONNECTED. Or set it to `StreamPeer.fromDuplex(stream)`. Then the
   * status is CONNECTED. Unlike in Godot there is no TLS inside: `setHttpsProxy()` does that.
   *
   * What cannot be taken changes nothing, and `getLastError()` tells why: null (as in Godot), a connection that is in
   * use or gone, or any if there is no thread or no memory for it. In the last case a client that had no connection is
   * CANT_CONNECT.
   */
  get connection(): StreamPeer | null {
    return this.#peers.current(this);
  }

  set connection(peer: StreamPeer | null) {
    // Throws for anything but a StreamPeer.
    const offer = peer === null ? null : offerOf(peer);
    if (peer !== null && peer === this.connection) return;
    disposeWhenCollected(this, this.#connection);
    if (offer) this.#connection.adopt(offer);
    else this.#connection.failure = refusal('INVALID_CONNECTION', NO_CONNECTION);
  }

  setConnection(peer: StreamPeer | null): void {
    this.connection = peer;
  }

  getConnection(): StreamPeer | null {
    return this.connection;
  }

  /** {@link queryStringFromDict} */
  queryStringFromDict(fields: Record<string, unknown>): string {
    return queryStringFromDict(fields);
  }

  #refuse(error: ErrorCode, failure: Failure | null, loss: Failure | null = null): ErrorCode {
    this.#connection.failure = failure && withBefore(failure, loss);
    return error;
  }
}

const NO_CONNECTION =
  'connection must be a StreamPeer whose client is CONNECTED, or a new one of fromDuplex(); nothing was changed.';
const NOTHING = new Uint8Array(0);
