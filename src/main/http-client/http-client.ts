import { type Bytes, tryEncode } from '../../shared/copy.ts';
import { Method, Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { Connection } from '../connection/connection.ts';
import { errorFor, outOfMemory, refusal, withBefore } from '../connection/failures.ts';
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
 * One client is one connection, which carries one request after another. Call `connectToHost()`, then `poll()` once a
 * tick and look at `getStatus()`. In CONNECTED call `request()`, in BODY read the body. No call waits, unless
 * `blockingModeEnabled` is set. Nothing that the caller sees changes outside these calls.
 *
 * Wrong types throw `TypeError`. Every other error is an {@link ErrorCode} or a {@link Status}, with the reason in
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
   * Cheap: the default pool starts its threads at the first `connectToHost()`, and memory is used only when data
   * arrives. Throws `TypeError` or `RangeError` for an invalid option.
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
   * Closes the current connection and starts a new one. Returns at once, in blocking mode too. `poll()` then moves the
   * status: RESOLVING (for a name), CONNECTING, CONNECTED, or CANT_RESOLVE, CANT_CONNECT, TLS_HANDSHAKE_ERROR.
   *
   * @param host A name or an IP address (IPv6 with or without brackets), or `unix:` and the path of a unix socket or a
   *   named pipe, which has no port and uses no proxy. `https://` in front turns TLS on, `http://` turns it off.
   * @param port 1 to 65535. Negative, as the default -1: 443 with TLS, else 80.
   * @param tlsOptions How the server is verified. They turn TLS on, unless the host has `http://` in front. Null, the
   *   default: `TLSOptions.client()` after `https://`, else no TLS.
   * @returns OK; ERR_INVALID_PARAMETER for an invalid host (if it can be neither a name nor an address, the status is
   *   CANT_RESOLVE), port (CANT_CONNECT) or proxy; ERR_UNAVAILABLE, with CANT_CONNECT and phase `worker`, if the pool
   *   is closed or its threads can't start. In every case the old connection is closed.
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
   * Sends a request over the connection. The status must be CONNECTED; it becomes REQUESTING until the head of the
   * response has arrived. `Host`, `User-Agent` and `Accept` are added unless given, and so is `Content-Length` if there
   * is a body or the method expects one. The previous response is forgotten: until the new head there is none.
   *
   * @param url A path with query (`/index?x=1`), an absolute URL, `host:port` for CONNECT, or `*` for OPTIONS. It is
   *   sent as it is, so percent-encode it. A fragment (`#top`) is cut off.
   * @param headers `"Name: value"` entries, sent in this order.
   * @param body Sent as UTF-8. Ignored for GET.
   * @returns OK; ERR_INVALID_PARAMETER if an argument is invalid or the status is not CONNECTED, and then nothing is
   *   changed; ERR_OUT_OF_MEMORY, see {@link requestRaw}.
   */
  request(method: Method, url: string, headers: readonly string[], body = ''): ErrorCode {
    requireString('body', body);
    const bytes = body === '' ? NOTHING : tryEncode(body);
    if (bytes) return this.#send(method, url, headers, bytes, true);
    return this.#refuse(ErrorCode.ERR_OUT_OF_MEMORY, outOfMemory(body.length));
  }

  /**
   * Like {@link request}, with bytes. They are copied before the call returns, unless the client was made with
   * `transferBody`. The body is sent while the response is awaited: a response that arrives early is delivered, and the
   * rest of the body is then not sent. Throws `TypeError` for an array whose memory was transferred.
   *
   * Without memory for the copy it returns ERR_OUT_OF_MEMORY and changes nothing. The exception: if the first mebibyte
   * is already under way, the status becomes CONNECTION_ERROR.
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
   * Looks at what has happened and moves the status. Call it once a tick. When nothing happened it takes nanoseconds
   * and allocates nothing. A faster server does not make it slower: it stops at the first unread body byte. In blocking
   * mode it sleeps while the status is RESOLVING, CONNECTING or REQUESTING, for at most `timeouts.blocking`.
   *
   * @returns OK while all is well; ERR_UNCONFIGURED in DISCONNECTED; ERR_CANT_RESOLVE, ERR_CANT_CONNECT or
   *   ERR_CONNECTION_ERROR in the status of that name. In TLS_HANDSHAKE_ERROR, as in Godot, the poll that finds it
   *   returns ERR_CANT_CONNECT, and later ones ERR_CONNECTION_ERROR.
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
   * Ends the connection at once, from any status, and forgets the response. The status is DISCONNECTED afterwards, and
   * nothing of the old connection is seen again. If this drops bytes of a stream, `getLastError()` has the code
   * STREAM_TRUNCATED: see {@link StreamPeer.shutdown}.
   */
  close(): void {
    this.#connection.close();
  }

  /** Like {@link close}, and releases worker and memory for the next client. This one can still be used again. */
  [Symbol.dispose](): void {
    this.#connection.dispose();
    cancelDispose(this.#connection);
  }

  /** The status, as the last call on this client left it. */
  getStatus(): Status {
    return this.#connection.status;
  }

  /** Whether the status is CANT_RESOLVE, CANT_CONNECT, CONNECTION_ERROR or TLS_HANDSHAKE_ERROR. Beyond Godot. */
  isFailed(): boolean {
    return isFailed(this.#connection.status);
  }

  /**
   * Why the last call was refused, or why the connection failed. Null after a `connectToHost()` or `request()` that
   * succeeded, unless a `connectToHost()` has dropped bytes of a stream (STREAM_TRUNCATED). Beyond Godot.
   */
  getLastError(): Failure | null {
    return this.#connection.failure;
  }

  /**
   * Takes body bytes that have arrived, at most `readChunkSize`, as a new array. It is empty if none have arrived, and
   * outside BODY. In blocking mode it sleeps until the chunk is full or the body ends, for at most `timeouts.blocking`.
   *
   * The read that takes the last byte leaves BODY. The exception is a chunked body whose end has not arrived by then: a
   * later call leaves BODY. Without memory for the chunk it may be shorter, or empty: nothing is lost, and
   * `getLastError()` has the code OUT_OF_MEMORY.
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
   * Copies body bytes that have arrived into `target`, as many as fit, and returns their number: 0 outside BODY.
   * Allocates only a view or two of some hundred bytes. In blocking mode it sleeps until `target` is full or the body
   * ends, for at most `timeouts.blocking`. Throws `TypeError` for an array whose memory was transferred. Beyond Godot.
   */
  readResponseBodyInto(target: Uint8Array): number {
    requireBytes('target', target);
    if (this.#connection.status !== Status.BODY) return 0;
    return this.#connection.read(target, this.#connection.sleepBudget());
  }

  /**
   * Takes body bytes that have arrived, at most `readChunkSize`, without copying them: as a view of the shared memory.
   * The next call on this client gives that memory back to the worker. After it, and after the client is gone, the view
   * may show other bytes, even those of another client. The view is one contiguous piece, so it may be shorter than
   * what has arrived. In blocking mode the call sleeps until there is a byte, for at most `timeouts.blocking`. Some
   * functions (`TextDecoder` in browsers) refuse shared memory. Beyond Godot.
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
   * The bytes under this client. Null before CONNECTED, and after `close()` or a failure; a stream that has ended or
   * failed stays here to say so. Reading or writing them turns the connection into a stream (see {@link StreamPeer}):
   * for a protocol of your own, or for the one that a `101 Switching Protocols` has agreed on.
   *
   * Set it to the `connection` of another client to speak HTTP over that one, as inside the tunnel that a CONNECT has
   * opened: the other client hands it over, and becomes DISCONNECTED. Or set it to `StreamPeer.fromDuplex(stream)`.
   * Either way the status becomes CONNECTED. Unlike in Godot there is no TLS inside: `setHttpsProxy()` does that.
   *
   * What can't be taken over changes nothing, and `getLastError()` says why: null (as in Godot), a connection that is
   * in use or gone, or any connection if there is no thread or no memory for it. In that last case a client without a
   * connection becomes CANT_CONNECT. Throws `TypeError` for anything else.
   */
  get connection(): StreamPeer | null {
    return place.refusals?.connection() ? null : this.#peers.current(this);
  }

  set connection(peer: StreamPeer | null) {
    const offer = peer === null ? null : offerOf(peer);
    if (peer !== null && peer === this.connection) return;
    disposeWhenCollected(this, this.#connection);
    const impossible = place.refusals?.connection() ?? null;
    if (offer && !impossible) this.#connection.adopt(offer);
    else this.#connection.failure = impossible ?? refusal('INVALID_CONNECTION', NO_CONNECTION);
  }

  /** Godot's setter of {@link connection}. */
  setConnection(peer: StreamPeer | null): void {
    this.connection = peer;
  }

  /** Godot's getter of {@link connection}. */
  getConnection(): StreamPeer | null {
    return this.connection;
  }

  /**
   * A query string of `fields`, in insertion order, percent-encoded as UTF-8 (all but `A-Z a-z 0-9 - . _ ~`). `null`
   * and `undefined` give the key alone. An array gives `key=value` for each element, nothing if it is empty; a null in
   * it becomes the text `<null>`. Other values become text as in Godot: `true`, `1.5`, `[1, 2]`, `{ "a": 1 }`. Throws
   * `TypeError` for what is not data.
   */
  queryStringFromDict(fields: Record<string, unknown>): string {
    return queryStringFromDict(fields);
  }

  #refuse(error: ErrorCode, failure: Failure | null, loss: Failure | null = null): ErrorCode {
    this.#connection.failure = failure && withBefore(failure, loss);
    return errorFor(failure, error);
  }
}

const NO_CONNECTION =
  'connection must be that of a CONNECTED client, or a new one from fromDuplex(). Nothing was changed.';
const NOTHING = new Uint8Array(0);
