import type { Bytes } from '../../shared/copy.ts';
import { Method, type Result, type Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { summaryOf } from '../../shared/kinds.ts';
import { Death } from '../../shared/log/layout.ts';
import type { OrderText } from '../../shared/messages.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import { deathFailure, errorFor, outOfMemory, refusal } from '../connection/failures.ts';
import { checkRequest, methodName } from '../http-client/request.ts';
import { bytesOf, requireString, requireWholeNumber, stringsOf } from '../options/arguments.ts';
import type { HTTPRequestOptions } from '../options/request-options.ts';
import { place } from '../place/here.ts';
import type { Workers } from '../pool/workers.ts';
import { AdjustableRequest, adjustmentsOf, reports } from './adjustable-request.ts';
import { fileOrder } from './file-order.ts';
import type { HTTPResult } from './http-result.ts';
import { registry } from './registry.ts';
import { bodyOf, bytesToSend } from './request-body.ts';
import { RunningRequest } from './running-request.ts';
import type { Signal } from './signal.ts';
import { parseRequestUrl } from './url.ts';

/**
 * A whole request for programs with a main loop: Godot's `HTTPRequest`. The worker thread does all of it: connection,
 * redirects, time limits and the body. The caller's thread sees counters, and one completion. Call `tick()` once a
 * frame.
 *
 * One object makes one request after another, and objects share connections. Wrong types throw `TypeError`. Every other
 * error is an {@link ErrorCode} or a {@link Result}, with the reason in `getLastError()`.
 *
 * https://docs.godotengine.org/en/stable/classes/class_httprequest.html
 *
 * @example
 * const http = new HTTPRequest();
 * http.requestCompleted.connect((result, code, headers, body) => use(result, body));
 * http.request('https://example.com/scores.json');
 * // once a frame:
 * tick();
 */
export class HTTPRequest extends AdjustableRequest {
  readonly #running = new RunningRequest();

  /**
   * Cheap: nothing is started before the first `request()`. Throws `TypeError` or `RangeError` for an invalid option.
   */
  constructor(options: HTTPRequestOptions = {}) {
    super(options);
  }

  /**
   * Emitted by `poll()` or `tick()` when a request is complete: once for each `request()` that returned OK and was not
   * cancelled. `body` is empty unless the result is SUCCESS. A handler may call `request()` at once.
   */
  get requestCompleted(): Signal<[result: Result, responseCode: number, headers: string[], body: Bytes]> {
    return this.#running.requestCompleted;
  }

  /**
   * Emitted by `poll()` and `tick()`, at most once by each, when more of the response's body has arrived. The arguments
   * are those of {@link getDownloadedBytes} and {@link getBodySize}: a size of -1 is unknown.
   */
  get progress(): Signal<[downloaded: number, size: number]> {
    return this.#running.progress;
  }

  /**
   * Starts a request. Returns at once; `requestCompleted` reports how the request ended.
   *
   * @param url An `http://` or `https://` URL. A fragment is not sent. A user and a password are dropped.
   * @param customHeaders `"Name: value"` entries, sent in this order. `Host`, `User-Agent`, `Accept` and
   *   `Content-Length` are added unless given.
   * @param requestData Sent as UTF-8. Ignored for GET.
   * @returns OK; ERR_BUSY while a request is under way, which goes on; ERR_INVALID_PARAMETER for what can't be sent,
   *   CONNECT and an `Upgrade` field included; ERR_FILE_ALREADY_IN_USE if another request downloads into the same
   *   `downloadFile`; ERR_UNAVAILABLE if the pool is closed or its threads can't start; ERR_OUT_OF_MEMORY. Unless it is
   *   OK, nothing was started and no signal follows.
   */
  request(
    url: string,
    customHeaders: readonly string[] = [],
    method: Method = Method.GET,
    requestData = '',
  ): ErrorCode {
    requireString('requestData', requestData);
    return this.#start(url, customHeaders, method, requestData, true);
  }

  /**
   * Like {@link request}, with bytes. They are copied before the call returns, unless `transferBody` is set. Throws
   * `TypeError` for an array whose memory was transferred.
   */
  requestRaw(
    url: string,
    customHeaders: readonly string[] = [],
    method: Method = Method.GET,
    requestDataRaw: Uint8Array = NOTHING,
  ): ErrorCode {
    const transfer = adjustmentsOf(this).options.shared.transferBody;
    return this.#start(url, customHeaders, method, bytesOf('requestDataRaw', requestDataRaw), transfer);
  }

  /**
   * @param mayTransfer Whether the worker may get the memory of `data` itself instead of a copy.
   */
  #start(
    url: string,
    fields: readonly string[],
    method: Method,
    data: string | Uint8Array,
    mayTransfer: boolean,
  ): ErrorCode {
    requireString('url', url);
    requireWholeNumber('method', method);
    const headers = stringsOf('customHeaders', fields);
    if (this.#running.busy) return ErrorCode.ERR_BUSY;
    const target = parseRequestUrl(url);
    if ('phase' in target) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, target, '');
    const refuse = (error: ErrorCode, failure: Failure): ErrorCode =>
      this.#refuse(error, failure, target.href);
    const bytes = bodyOf(method, data);
    if (bytes === null) return refuse(ErrorCode.ERR_OUT_OF_MEMORY, outOfMemory(data.length));
    const { length } = bytes;
    const name = methodName(method) ?? '';
    const flaw =
      checkNoTunnel(method, headers) ?? checkRequest(method, '/', headers, length, 'customHeaders');
    if (flaw) return refuse(ErrorCode.ERR_INVALID_PARAMETER, flaw);
    const settings = adjustmentsOf(this).settings();
    if ('phase' in settings) return refuse(ErrorCode.ERR_INVALID_PARAMETER, settings);
    const file = fileOrder(this, headers);
    if (file && 'phase' in file) return refuse(ErrorCode.ERR_INVALID_PARAMETER, file);
    const impossible = place.refusals?.wholeRequest(settings, file !== null);
    if (impossible) return refuse(ErrorCode.ERR_UNAVAILABLE, impossible);
    const workers = adjustmentsOf(this).options.shared.workers();
    if (workers.closed) return refuse(ErrorCode.ERR_UNAVAILABLE, deathFailure(Death.POOL_CLOSED, ''));
    const body = bytesToSend(bytes, mayTransfer, workers.uploads);
    if (body === null) return refuse(ErrorCode.ERR_OUT_OF_MEMORY, outOfMemory(length));
    const what = { url: target.href, method: name, headers, body, file };
    return this.#handOver(workers, target.origin, this.#orderText(what), settings);
  }

  #orderText(what: Pick<OrderText, 'url' | 'method' | 'headers' | 'body' | 'file'>): OrderText {
    const { timeout, bodySizeLimit, maxRedirects, acceptGzip } = this;
    const defaultLimit = what.file ? Number.POSITIVE_INFINITY : MOST_IN_MEMORY;
    return {
      ...what,
      timeout: Math.min(timeout * 1000, LONGEST_TIMER),
      bodySizeLimit: bodySizeLimit < 0 ? defaultLimit : bodySizeLimit,
      maxRedirects,
      acceptGzip,
    };
  }

  /** Gives the request to a worker. Returns what `request()` returns. */
  #handOver(workers: Workers, origin: string, text: OrderText, settings: RequestSettings): ErrorCode {
    const refuse = (error: ErrorCode, failure: Failure): ErrorCode => {
      workers.uploads.takeBack(text.body);
      return this.#refuse(error, failure, text.url);
    };
    try {
      const failure = this.#running.start(workers, origin, text, settings);
      return failure ? refuse(ErrorCode.ERR_OUT_OF_MEMORY, failure) : ErrorCode.OK;
    } catch (error) {
      const bytes = text.body.reduce((sum, { length }) => sum + length, 0);
      if (error instanceof RangeError) return refuse(ErrorCode.ERR_OUT_OF_MEMORY, outOfMemory(bytes));
      return refuse(ErrorCode.ERR_UNAVAILABLE, deathFailure(Death.NOT_STARTED, summaryOf(error)));
    }
  }

  static {
    reports.impossible = (request, failure) => {
      if (#running in request && !request.#running.busy) request.#running.refuse(failure, '');
    };
  }

  #refuse(error: ErrorCode, failure: Failure, url: string): ErrorCode {
    this.#running.refuse(failure, url);
    return errorFor(failure, error);
  }

  /**
   * Ends the request under way at once; `completed()` gives REQUEST_FAILED, code `CANCELLED`. No signal follows, also
   * not for a request that is complete but not reported yet.
   */
  cancelRequest(): void {
    this.#running.cancel();
  }

  /** Like {@link cancelRequest}. The object can still be used again. */
  [Symbol.dispose](): void {
    this.cancelRequest();
  }

  /**
   * Looks whether the request is complete, and emits the signals of this object, as `tick()` does for all. It does not
   * wait, unless `blockingModeEnabled` is set: then it sleeps until the request is complete, for at most
   * `timeouts.blocking`.
   *
   * @returns OK; ERR_UNCONFIGURED before the first request.
   */
  poll(): ErrorCode {
    const running = this.#running;
    if (!running.busy && running.result === null) return ErrorCode.ERR_UNCONFIGURED;
    if (!this.blockingModeEnabled) running.look();
    else running.sleepUntilComplete(adjustmentsOf(this).options.shared.timeouts.blocking);
    registry.poll(running);
    return ErrorCode.OK;
  }

  /**
   * Resolves with the result of the request under way, else with that of the last one. It needs no `poll()` or
   * `tick()`, and keeps the program running while it waits. It never rejects: a request that was refused or cancelled
   * has the result REQUEST_FAILED. When it resolves the object is idle, and the signal follows at the next `poll()` or
   * `tick()`, unless `request()` or `cancelRequest()` is called first. Throws `Error` before the first `request()`.
   */
  completed(): Promise<HTTPResult> {
    const promise = this.#running.completed();
    if (promise === null) throw new Error('completed() was called before the first request()');
    return promise;
  }

  /** Whether a request is under way. */
  isBusy(): boolean {
    return this.#running.busy;
  }

  /**
   * What the request is doing. CONNECTING also while it waits for a connection; DISCONNECTED when no request is under
   * way.
   */
  getHttpClientStatus(): Status {
    return this.#running.status;
  }

  /**
   * Bytes of the response's body that have arrived since the last redirect, as they came over the wire. The number
   * stays until the next request.
   */
  getDownloadedBytes(): number {
    this.#running.readCounters();
    return this.#running.downloaded;
  }

  /**
   * The size of the response's body in bytes over the wire, as the server announced it; -1 if it is unknown. It stays
   * until the next request.
   */
  getBodySize(): number {
    this.#running.readCounters();
    return this.#running.size;
  }

  /** Bytes of the request's body that the system has taken. The number stays until the next request. */
  getUploadedBytes(): number {
    this.#running.readCounters();
    return this.#running.uploaded;
  }

  /**
   * Why the last request failed or was refused. Null if it succeeded, and while a request is under way. ERR_BUSY does
   * not show here, because this is about the request under way.
   */
  getLastError(): Failure | null {
    return this.#running.result?.failure ?? null;
  }
}

/** Refuses CONNECT and Upgrade: their response is a connection, and an HTTPRequest gives none to its caller. */
function checkNoTunnel(method: number, headers: readonly string[]): Failure | null {
  if (method === Method.CONNECT)
    return refusal(
      'INVALID_METHOD',
      'METHOD_CONNECT opens a tunnel: use HTTPClient, and its connection afterwards.',
    );
  const at = headers.findIndex((header) => /^upgrade:/i.test(header));
  if (at < 0) return null;
  return refusal(
    'INVALID_HEADER',
    `customHeaders[${at}], Upgrade, asks for another protocol: use HTTPClient.`,
  );
}

const NOTHING = new Uint8Array(0);

/** The most bytes of a body in memory if no limit was set. */
const MOST_IN_MEMORY = 2 ** 30;
const LONGEST_TIMER = 2 ** 31 - 1;
