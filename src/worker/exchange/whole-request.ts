import { Result, Status } from '../../shared/enums.ts';
import type { Failure, RequestFate } from '../../shared/failure.ts';
import type { Completion, ConnectMessage, OrderMessage } from '../../shared/messages.ts';
import { type RequestSlots, SlotField } from '../../shared/request-slots.ts';
import type { ClientSettings, RequestSettings } from '../../shared/settings.ts';
import type { Alarm, EventLoop } from '../connection/event-loop.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import { answerFields } from './answer-fields.ts';
import type { ConnectionUser, KeptConnection } from './kept-connection.ts';
import type { Origins, Seeker } from './origins.ts';
import { ReceivedAnswer } from './received-answer.ts';
import { type Hop, redirect } from './redirects.ts';
import { mayRepeat } from './repeating.ts';
import { badRedirect, bodyTooLarge, noMemory, resultOf, tooLate } from './results.ts';
import { splitUrl, type TargetUrl } from './target-url.ts';
import { whereTo } from './where-to.ts';

/** What the whole requests of a port share. */
export interface RequestTools {
  readonly origins: Origins;
  readonly slots: RequestSlots;
  readonly loop: EventLoop;
  /** Something is complete: it is told exactly once, unless the request is cancelled. */
  readonly done: (request: WholeRequest, completion: Completion) => void;
}

/** An order, with the settings that it may have left to the one before. */
export type Order = OrderMessage & { readonly settings: RequestSettings; readonly settingsKey: string };

/**
 * A whole request: from hop to hop, each over a connection of its own choice or one that is used again, until there is
 * an answer that is no redirect, or none can be had.
 *
 *     seek -> [wait] -> request -> head -> body -> complete -> done
 *               ^          |         |        |
 *               |          | lost: may be repeated
 *               +----------+         | redirect: the short rest of its body is read, a long one not
 *               +--------------------+
 */
export class WholeRequest implements ConnectionUser, Seeker {
  readonly order: Order;
  key: string;
  readonly #tools: RequestTools;
  readonly #startedAt: number;
  readonly #alarm: Alarm;
  #hop: Hop;
  #server: TargetUrl;
  #followed = 0;
  #connection: KeptConnection | null = null;
  #answer: ReceivedAnswer | null = null;
  /** Where the answer leads, while the rest of it is read. */
  #next: Hop | null = null;
  #uploaded = 0;
  /** The request was written, over the connection of the moment. */
  #asked = false;
  #over = false;
  /** Nothing that was used before will do any more. */
  fresh = false;
  #repeatedUnanswered = false;

  constructor(order: Order, tools: RequestTools) {
    const { url, method, headers, body } = order;
    this.order = order;
    this.#tools = tools;
    this.#hop = { url, method, headers, hasBody: body !== null };
    this.#server = splitUrl(url);
    this.key = this.#keyNow();
    this.#startedAt = performance.now();
    this.#alarm = tools.loop.alarm(() => this.#tooLate());
  }

  start(): void {
    if (this.order.timeout > 0) this.#alarm.set(this.order.timeout);
    this.#tools.origins.seek(this);
  }

  #keyNow(): string {
    return `${this.#server.origin} ${this.order.settingsKey}`;
  }

  get settings(): ClientSettings {
    return this.order.settings.client;
  }

  get target(): ConnectMessage {
    return whereTo(this.#server, this.order.settings);
  }

  onConnection(connection: KeptConnection): void {
    this.#connection = connection;
    this.#answer = null;
    this.#asked = false;
    this.#uploaded = 0;
    const { method, headers } = this.#hop;
    const body = this.#hop.hasBody ? this.order.body : null;
    const { target } = this.#server;
    const { timeouts } = this.settings;
    const bodyLength = body?.length ?? 0;
    connection.request(this, { verb: 'request', method, target, headers, bodyLength, body }, timeouts);
  }

  onStatus(status: Status): void {
    this.#show(status);
  }

  onAsked(): void {
    const { slots } = this.#tools;
    this.#asked = true;
    slots.set(this.order.slot, SlotField.ASKED, 1);
    this.#show(Status.REQUESTING);
  }

  onUploaded(count: number): void {
    this.#uploaded += count;
    this.#tools.slots.setCount(this.order.slot, SlotField.UPLOADED, this.#uploaded);
  }

  onHead(head: ResponseHead): void {
    const { settings, maxRedirects, bodySizeLimit } = this.order;
    this.#answer = new ReceivedAnswer(head, bodySizeLimit);
    const { keepAlive, locations } = answerFields(head.fields);
    if (this.#connection && keepAlive !== null) this.#tools.origins.expires(this.#connection, keepAlive);
    const found = redirect(this.#hop, head.statusCode, locations, this.#followed, {
      follow: settings.followRedirects,
      maxRedirects,
      allowInsecure: settings.allowInsecureRedirects,
      sensitiveHeaders: settings.sensitiveHeaders,
    });
    if (found.kind === 'failure') this.#give(Result[found.result], badRedirect(found.code, found.message));
    else if (found.kind === 'next') this.#next = found.hop;
    else this.#expectBody(this.#answer);
  }

  #expectBody(answer: ReceivedAnswer): void {
    this.#show(Status.BODY);
    this.#showDownloaded(answer);
    this.#tools.slots.setCount(this.order.slot, SlotField.SIZE, answer.head.contentLength + 1);
    this.#checkSize(answer);
  }

  region(most: number): Uint8Array {
    return this.#next ? NOTHING : (this.#answer?.region(most) ?? NOTHING);
  }

  onCommitted(count: number): void {
    this.#answer?.commit(count);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    const answer = this.#answer;
    if (this.#over || answer === null) return;
    try {
      if (this.#next) answer.skip(end - start);
      else answer.add(bytes, start, end);
    } catch {
      this.#give(Result.CONNECTION_ERROR, noMemory(answer.least));
    }
  }

  onProgress(): void {
    const answer = this.#answer;
    if (this.#over || answer === null) return;
    if (this.#next) this.#endIfDrained(answer, this.#next);
    else {
      this.#showDownloaded(answer);
      this.#checkSize(answer);
    }
  }

  #checkSize(answer: ReceivedAnswer): void {
    if (!answer.tooLarge) return;
    this.#give(Result.BODY_SIZE_LIMIT_EXCEEDED, bodyTooLarge(answer.least, this.order.bodySizeLimit));
  }

  /** The rest of a redirect's body is read so that its connection can be used again, unless that costs more. */
  #endIfDrained(answer: ReceivedAnswer, next: Hop): void {
    if (answer.least <= DRAINED) return;
    this.#leaveConnection();
    this.#follow(next);
  }

  onComplete(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection && this.#hop.headers.some((header) => LOGS_IN_A_CONNECTION.test(header)))
      connection.close();
    if (this.#next) this.#tools.loop.later(() => this.#next && this.#follow(this.#next));
    else {
      // A body that came with its end in one read was not looked at yet.
      if (this.#answer) this.#checkSize(this.#answer);
      this.#give(Result.SUCCESS, null);
    }
  }

  #follow(hop: Hop): void {
    if (this.#over) return;
    this.#next = null;
    this.#followed += 1;
    this.#hop = hop;
    this.#server = splitUrl(hop.url);
    this.key = this.#keyNow();
    this.fresh = false;
    this.#repeatedUnanswered = false;
    this.#show(Status.CONNECTING);
    this.#tools.origins.seek(this);
  }

  onLost(status: Status, failure: Failure): void {
    const connection = this.#connection;
    this.#connection = null;
    const next = this.#next;
    if (next) this.#tools.loop.later(() => this.#follow(next));
    else if (connection?.used && mayRepeat(this.#hop.method, failure.request, this.#repeatedUnanswered))
      this.#repeat(failure);
    else this.#give(resultOf(status), failure);
  }

  #repeat({ request }: Failure): void {
    if (request === 'unanswered') {
      this.#repeatedUnanswered = true;
      this.fresh = true;
    }
    this.#show(Status.CONNECTING);
    this.#tools.origins.seek(this);
  }

  #tooLate(): void {
    const waiting = this.#connection === null;
    const waited = waiting ? performance.now() - this.#startedAt : 0;
    this.#give(Result.TIMEOUT, tooLate(this.order.timeout, this.#server.host, waited, this.#fate()));
  }

  #fate(): RequestFate {
    if (this.#answer) return 'answered';
    return this.#asked ? 'unanswered' : 'unsent';
  }

  #showDownloaded({ downloaded }: ReceivedAnswer): void {
    this.#tools.slots.setCount(this.order.slot, SlotField.DOWNLOADED, downloaded);
  }

  #show(status: Status): void {
    this.#tools.slots.set(this.order.slot, SlotField.STATUS, status);
  }

  #give(result: Result, failure: Failure | null): void {
    if (this.#over) return;
    const answer = this.#answer;
    // The last read is complete before its progress is told.
    if (answer && this.#next === null) this.#showDownloaded(answer);
    const told = TELLS_ANSWER.has(result) ? answer : null;
    const completion = {
      id: this.order.id,
      result,
      responseCode: told?.head.statusCode ?? 0,
      fields: told?.head.fields ?? NOTHING,
      body: (result === Result.SUCCESS && told?.takeBody()) || NOTHING,
      url: this.#hop.url,
      failure,
    };
    this.stop();
    this.#tools.done(this, completion);
  }

  /** Ends it without a word. */
  stop(): void {
    this.#over = true;
    this.#alarm.clear();
    this.#tools.origins.leave(this);
    this.#leaveConnection();
  }

  #leaveConnection(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }
}

/** Logins that count for the connection, and not for a request: nobody else is to have it. */
const LOGS_IN_A_CONNECTION = /^(?:proxy-)?authorization:[\t ]*(?:ntlm|negotiate)/i;

/** Results that come with the code and the headers of an answer, as in Godot. */
const TELLS_ANSWER: ReadonlySet<Result> = new Set([
  Result.SUCCESS,
  Result.BODY_SIZE_LIMIT_EXCEEDED,
  Result.REDIRECT_LIMIT_REACHED,
]);

/** Bytes of a redirect's body that are read to its end: about what a new connection costs. */
const DRAINED = 65_536;

const NOTHING = new Uint8Array(0);
