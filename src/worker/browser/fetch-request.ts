import { hostAndPort } from '../../shared/address.ts';
import { Result, Status } from '../../shared/enums.ts';
import type { Failure, FailurePhase, RequestFate } from '../../shared/failure.ts';
import type { Completion } from '../../shared/messages.ts';
import type { RequestSlots } from '../../shared/request-slots.ts';
import type { Alarm } from '../connection/event-loop.ts';
import { type ResponseWatch, watchOver } from '../connection/response-watch.ts';
import type { Traffic } from '../connection/surroundings.ts';
import type { Done, RunningRequest } from '../exchange/exchanges.ts';
import { ReceivedAnswer } from '../exchange/received-answer.ts';
import type { Order } from '../exchange/request-tools.ts';
import { badRedirect, completionOf, tooLate } from '../exchange/results.ts';
import { ShownRequest } from '../exchange/shown-request.ts';
import type { StoreOwner } from '../exchange/stores/body-store.ts';
import { MemoryStore } from '../exchange/stores/memory-store.ts';
import { eventLoop } from './event-loop.ts';
import { headOf } from './fetch-answer.ts';
import { callFetch, type FetchCall, piecesOf } from './fetch-call.ts';
import { describeFetchFailure } from './fetch-error.ts';

/** What the whole requests of a worker share. */
export interface FetchTools {
  readonly slots: RequestSlots;
  readonly traffic: Traffic;
  readonly done: Done;
}

/** A whole request: one `fetch`, which follows redirects, and the body in memory. */
export class FetchRequest implements RunningRequest, StoreOwner {
  readonly order: Order;
  readonly #tools: FetchTools;
  readonly #shown: ShownRequest;
  readonly #alarm: Alarm;
  readonly #watch: ResponseWatch | null;
  readonly #abort = new AbortController();
  #phase: FailurePhase = 'connect';
  #fate: RequestFate = 'unsent';
  #url: string;
  #answer: ReceivedAnswer | null = null;
  #over = false;

  constructor(order: Order, tools: FetchTools) {
    this.order = order;
    this.#tools = tools;
    this.#url = order.url;
    this.#shown = new ShownRequest(tools.slots, order.slot);
    this.#alarm = eventLoop.alarm(() => this.#tooLate());
    this.#watch = watchOver(order.settings.client.timeouts, eventLoop, (error) => this.#fail(error));
  }

  start(): void {
    if (this.order.timeout > 0) this.#alarm.set(this.order.timeout);
    this.#run().catch((error: unknown) => this.#fail(error));
  }

  async #run(): Promise<void> {
    const { url, method, headers, body, maxRedirects, settings } = this.order;
    this.#tools.traffic.requests += 1;
    this.#phase = 'response';
    this.#fate = 'unanswered';
    this.#shown.fate('unanswered');
    this.#shown.status(Status.REQUESTING);
    const call: FetchCall = {
      url,
      method,
      headers,
      body: body.map((bytes) => new Uint8Array(bytes)),
      options: settings.client.fetch,
      redirect: maxRedirects === 0 ? 'manual' : 'follow',
      signal: this.#abort.signal,
    };
    const answer = await callFetch(call, () => this.#watch);
    if (answer.type === 'opaqueredirect') this.#give(Result.REDIRECT_LIMIT_REACHED, NO_REDIRECTS);
    else await this.#receive(answer, call);
  }

  async #receive(answer: Response, call: FetchCall): Promise<void> {
    this.#phase = 'body';
    this.#fate = 'answered';
    this.#shown.fate('answered');
    this.#shown.status(Status.BODY);
    this.#url = answer.url;
    const head = headOf(answer, this.order.method);
    const received = new ReceivedAnswer(head);
    this.#answer = received;
    const { bodySizeLimit: limit } = this.order;
    received.store = new MemoryStore({ limit, announced: received.announced, later: eventLoop.later }, this);
    if (head.hasBody && answer.body) {
      for await (const piece of piecesOf(answer.body, call, () => this.#watch)) {
        this.#tools.traffic.bytesRead += piece.length;
        received.add(piece, 0, piece.length);
        this.#shown.downloaded(received.downloaded);
      }
    }
    received.store.end();
  }

  /** Memory always has room. */
  onRoom(): void {}

  onStored(body: Completion['body']): void {
    this.#give(Result.SUCCESS, null, body);
  }

  onStoreFailed(result: Result, failure: Failure): void {
    this.#give(result, failure);
  }

  #tooLate(): void {
    this.#give(Result.TIMEOUT, tooLate(this.#failedNow, this.order.timeout, 0, false));
  }

  #fail(error: unknown): void {
    const { fetch } = this.order.settings.client;
    this.#give(Result.CONNECTION_ERROR, describeFetchFailure(this.#failedNow, error, fetch));
  }

  get #failedNow(): { phase: FailurePhase; where: string; request: RequestFate } {
    const { hostname, port, protocol } = new URL(this.#url);
    const where = hostAndPort(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
    return { phase: this.#phase, where, request: this.#fate };
  }

  #give(result: Result, failure: Failure | null, body: Completion['body'] = new Uint8Array(0)): void {
    if (this.#over) return;
    const what = { id: this.order.id, url: this.#url, result, body, stored: false, holdsFile: false };
    const completion = completionOf(what, this.#answer?.head ?? null, failure);
    this.stop(() => this.#tools.done(this.order, completion));
  }

  stop(then: (holdsFile: boolean) => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#alarm.clear();
    this.#watch?.stop();
    this.#abort.abort();
    this.#answer?.store.close();
    then(false);
  }

  async endNow(): Promise<void> {
    this.stop(() => {});
  }
}

const NO_REDIRECTS = badRedirect('REDIRECT_LIMIT_REACHED', 'The server redirects, and maxRedirects is 0.');
