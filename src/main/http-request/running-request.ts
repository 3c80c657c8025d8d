import { Result, Status } from '../../shared/enums.ts';
import type { Failure, OwnFailure, RequestFate } from '../../shared/failure.ts';
import type { Completion, OrderText } from '../../shared/messages.ts';
import { SlotField } from '../../shared/request-slots.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import { statusAtDeath } from '../connection/failures.ts';
import { SleepBudget } from '../connection/sleep-budget.ts';
import type { Workers } from '../pool/workers.ts';
import { type HTTPResult, RequestResult } from './http-result.ts';
import { type Polled, registry } from './registry.ts';
import type { Orderer, Placed } from './request-link.ts';
import { emit, type HandlerCalls, hasHandlers, newSignal, type Signal } from './signal.ts';

/** What the handlers of `requestCompleted` get. */
export type CompletedArguments = [
  result: Result,
  responseCode: number,
  headers: string[],
  body: HTTPResult['body'],
];

interface Awaited {
  readonly promise: Promise<HTTPResult>;
  readonly resolve: (result: HTTPResult) => void;
}

/**
 * The request of an `HTTPRequest` that is under way, or the last one. The pool holds it while it is under way, so its
 * signal comes even if the program has dropped the object.
 */
export class RunningRequest implements Orderer, Polled {
  readonly requestCompleted: Signal<CompletedArguments> = newSignal(this);
  readonly progress: Signal<[downloaded: number, size: number]> = newSignal(this);
  index = 0;
  #workers: Workers | null = null;
  #placed: Placed | null = null;
  /** The result of the last request; null before the first. */
  #result: RequestResult | null = null;
  /** Results that no signal has reported yet, the oldest first. The registry holds this object while there are any. */
  #unreported: RequestResult[] | null = null;
  /** Somebody awaited the last result, so another request() cancels its signal. */
  #wasAwaited = false;
  /** The count of ticks when the request became complete; -1 if a handler that is connected now must not hear of it. */
  #completeAt = -1;
  /** How often cancel() was called: a handler may do so while other handlers are still to be called. */
  #cancels = 0;
  #url = '';
  #awaited: Awaited | null = null;
  downloaded = 0;
  size = -1;
  uploaded = 0;
  #reportedDownloaded = 0;

  get busy(): boolean {
    return this.#placed !== null;
  }

  get hasNews(): boolean {
    return this.#unreported !== null;
  }

  get result(): RequestResult | null {
    return this.#result;
  }

  get status(): Status {
    const placed = this.#placed;
    return placed ? placed.link.slots.getStatus(placed.slot) : Status.DISCONNECTED;
  }

  /** Starts a request. Returns why that failed; null if it is under way. */
  start(workers: Workers, origin: string, text: OrderText, settings: RequestSettings): Failure | null {
    if (this.#wasAwaited) this.forget();
    this.#completeAt = -1;
    const placed = workers.requests.order(origin, text, settings, this);
    if ('phase' in placed) return placed;
    this.#workers = workers;
    this.#placed = placed;
    this.#result = null;
    this.#url = text.url;
    this.downloaded = 0;
    this.size = -1;
    this.uploaded = 0;
    this.#reportedDownloaded = 0;
    registry.begin(workers.requests, this);
    return null;
  }

  /** Notes that a request was refused, or failed before it was started. */
  refuse(failure: Failure, url: string): void {
    this.#result = ended(Result.REQUEST_FAILED, failure, url);
  }

  /** Drops the signals that are still to come. */
  forget(): void {
    this.#completeAt = -1;
    if (this.#unreported) registry.release(this);
    this.#unreported = null;
  }

  cancel(): void {
    this.#cancels += 1;
    this.forget();
    const placed = this.#placed;
    if (placed === null) return;
    this.readCounters();
    const fate = placed.link.slots.getFate(placed.slot);
    placed.link.cancel(placed);
    this.#end(ended(Result.REQUEST_FAILED, cancelled(fate), this.#url));
  }

  onCompletion(completion: Completion): void {
    this.readCounters();
    const { failure, responseCode, fields } = completion;
    const result = new RequestResult(completion);
    const withResponse =
      failure && responseCode > 0 && fields !== ''
        ? { ...failure, responseCode, headers: result.headers }
        : failure;
    this.#endAndHold(
      withResponse === failure ? result : new RequestResult({ ...completion, failure: withResponse }),
    );
  }

  onLoss(failure: Failure): void {
    const status = statusAtDeath(failure);
    const result = status === Status.CANT_CONNECT ? Result.CANT_CONNECT : Result.CONNECTION_ERROR;
    this.#endAndHold(ended(result, failure, this.#url));
  }

  #end(result: RequestResult): void {
    const placed = this.#placed;
    const requests = this.#workers?.requests;
    const awaited = this.#awaited;
    this.#placed = null;
    this.#result = result;
    this.#awaited = null;
    if (requests) registry.end(requests, this);
    if (awaited && placed) requests?.stopListening(placed.link);
    awaited?.resolve(result);
  }

  /**
   * The request is complete, and the next `tick()` reports it. It is held for that only if there is a handler:
   * otherwise it would wait for a tick() that may never come.
   */
  #endAndHold(result: RequestResult): void {
    this.#wasAwaited = this.#awaited !== null;
    this.#end(result);
    this.#completeAt = registry.ticks;
    this.onConnect();
  }

  onConnect(): void {
    const result = this.#result;
    if (result === null || this.#completeAt !== registry.ticks || this.#unreported?.includes(result)) return;
    if (!hasHandlers(this.requestCompleted) && !hasHandlers(this.progress)) return;
    this.#unreported ??= [];
    this.#unreported.push(result);
    registry.hold(this);
  }

  readCounters(): void {
    const placed = this.#placed;
    if (placed === null) return;
    const { slots } = placed.link;
    this.downloaded = slots.getCount(placed.slot, SlotField.DOWNLOADED);
    this.size = slots.getCount(placed.slot, SlotField.SIZE) - 1;
    this.uploaded = slots.getCount(placed.slot, SlotField.UPLOADED);
  }

  /** Looks for news of this request and of the others of its pool. */
  look(): void {
    this.#workers?.requests.drain();
    this.readCounters();
  }

  /**
   * Calls {@link look} until the request is complete, and sleeps in between, for at most so many milliseconds in total.
   */
  sleepUntilComplete(milliseconds: number): void {
    const budget = BUDGET.begin(milliseconds);
    this.look();
    for (;;) {
      const placed = this.#placed;
      if (placed === null || !budget.spend((most) => placed.link.sleep(placed, most))) return;
      this.#workers?.requests.look();
      this.look();
    }
  }

  emit(calls: HandlerCalls): void {
    if (hasHandlers(this.progress) && (this.#placed || this.#unreported)) this.#emitProgress(calls);
    // A handler of `progress` may have cancelled the request.
    const results = this.#unreported;
    if (results === null && this.#placed) return;
    this.forget();
    if (results === null) return;
    const cancels = this.#cancels;
    for (const result of results) if (cancels === this.#cancels) this.#emitCompleted(calls, result);
  }

  #emitCompleted(calls: HandlerCalls, result: RequestResult): void {
    if (!hasHandlers(this.requestCompleted)) return;
    const { responseCode, headers, body } = result;
    const args: CompletedArguments = [result.result, responseCode, headers, body];
    emit(calls, this.requestCompleted, args);
  }

  #emitProgress(calls: HandlerCalls): void {
    const placed = this.#placed;
    // Mostly nothing has arrived, and then reading one counter is enough.
    const downloaded = placed?.link.slots.getCount(placed.slot, SlotField.DOWNLOADED) ?? this.downloaded;
    if (downloaded === this.#reportedDownloaded) return;
    this.readCounters();
    this.#reportedDownloaded = this.downloaded;
    emit(calls, this.progress, [this.downloaded, this.size]);
  }

  /** Null before the first request. */
  completed(): Promise<HTTPResult> | null {
    const placed = this.#placed;
    if (placed === null) return this.#result && Promise.resolve(this.#result);
    if (this.#awaited === null) {
      let resolve: (result: HTTPResult) => void = () => {};
      const promise = new Promise<HTTPResult>((settle) => {
        resolve = settle;
      });
      this.#awaited = { promise, resolve };
      this.#workers?.requests.listen(placed.link);
    }
    return this.#awaited.promise;
  }
}

/** There is only one call at a time, so one object serves all. */
const BUDGET = new SleepBudget();

function cancelled(request: RequestFate): OwnFailure {
  const phase = request === 'unsent' ? 'connect' : request === 'unanswered' ? 'response' : 'body';
  return { phase, code: 'CANCELLED', message: 'The request was cancelled.', request };
}

function ended(result: Result, failure: Failure, url: string): RequestResult {
  const none = { responseCode: 0, fields: '', body: NOTHING, stored: false };
  return new RequestResult({ result, url, failure, ...none });
}

const NOTHING = new Uint8Array(0);
