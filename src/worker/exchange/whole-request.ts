import { hostAndPort } from '../../shared/address.ts';
import { Result, Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Completion, ConnectMessage } from '../../shared/messages.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import type { Failed } from '../connection/connection-failure.ts';
import type { Alarm } from '../connection/event-loop.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import { askPacked } from '../unpack/ask-packed.ts';
import type { Unpacking } from '../unpack/decoder.ts';
import { answerFields } from './answer-fields.ts';
import { Attempts } from './attempts.ts';
import { logsInConnection } from './connection-login.ts';
import type { RunningRequest } from './exchanges.ts';
import { FileDownload } from './files/file-download.ts';
import { HeldBody } from './held-body.ts';
import type { ConnectionUser, KeptConnection } from './kept-connection.ts';
import type { Seeker } from './origins.ts';
import { ReceivedAnswer } from './received-answer.ts';
import { isShort, isWorthReading, limitTime } from './redirect-rest.ts';
import { type Hop, redirect } from './redirects.ts';
import { type Order, type RequestTools, redirectRules, requestMessage } from './request-tools.ts';
import { badRedirect, completionOf, resultOf, tooLate } from './results.ts';
import { ShownRequest } from './shown-request.ts';
import type { StoreOwner } from './stores/body-store.ts';
import { chooseStore } from './stores/choose-store.ts';
import { splitUrl, type TargetUrl } from './target-url.ts';
import { whereTo } from './where-to.ts';

/**
 * A whole request: it goes from hop to hop, each over a new or a kept connection, until it gets an answer that is not a
 * redirect, or fails.
 *
 *     seek -> [wait] -> request -> head -> body -> complete -> done
 *               ^          |         |        |
 *               |          | lost: may be repeated
 *               +----------+         | redirect: the short rest of its body is read, a long one not
 *               +--------------------+
 */
export class WholeRequest implements RunningRequest, ConnectionUser, Seeker, StoreOwner {
  readonly order: Order;
  key: string;
  readonly #tools: RequestTools;
  readonly #shown: ShownRequest;
  readonly #alarm: Alarm;
  /** Null: packed bodies are handed over as they are. */
  readonly #unpacking: Unpacking | null;
  /** Null: the body goes into the completion. */
  readonly #file: FileDownload | null;
  #hop: Hop;
  #server: TargetUrl;
  #followed = 0;
  #connection: KeptConnection | null = null;
  #answer: ReceivedAnswer | null = null;
  /** The next hop, while the rest of a redirect's body is read. */
  #redirectTo: Hop | null = null;
  #restAlarm: Alarm | null = null;
  #over = false;
  readonly #body: HeldBody;
  readonly #attempts = new Attempts();

  constructor(order: Order, tools: RequestTools) {
    const { url, method, headers, body } = order;
    this.order = order;
    this.#tools = tools;
    this.#hop = { url, method, headers, hasBody: body.length > 0 };
    this.#body = new HeldBody(body, tools.lent);
    this.#server = splitUrl(url);
    this.key = this.#keyNow();
    this.#shown = new ShownRequest(tools.slots, order.slot);
    this.#unpacking = order.acceptGzip ? tools.unpacking : null;
    this.#file = order.file && new FileDownload(order.file, order, tools.downloads);
    this.#alarm = tools.loop.alarm(() => this.#tooLate());
  }

  start(): void {
    if (this.order.timeout > 0) this.#alarm.set(this.order.timeout);
    if (this.#file) this.#file.prepare(() => this.#seek());
    else this.#seek();
  }

  #seek(): void {
    this.#answer = null;
    this.#shown.status(Status.CONNECTING);
    this.#attempts.begin();
    this.#tools.origins.seek(this);
  }

  #keyNow(): string {
    return `${this.#server.origin} ${this.order.settingsKey}`;
  }

  get origin(): string {
    return this.#server.origin;
  }

  get fresh(): boolean {
    return this.#attempts.needsFresh;
  }

  get held(): boolean {
    return this.#file?.held === true;
  }

  get settings(): ClientSettings {
    return this.order.settings.client;
  }

  get target(): ConnectMessage {
    return whereTo(this.#server, this.order.settings);
  }

  onConnection(connection: KeptConnection): void {
    this.#connection = connection;
    this.#attempts.connected();
    this.#shown.uploadBegins();
    const { method } = this.#hop;
    const { pieces: body } = this.#body;
    const headers = this.#file?.fieldsOf(this.#hop) ?? this.#hop.headers;
    const acceptEncoding = this.#unpacking ? askPacked(headers, this.#unpacking.codings) : undefined;
    const message = requestMessage({ method, target: this.#server.target, headers, body, acceptEncoding });
    connection.request(this, message, this.settings.timeouts);
  }

  onStatus(status: Status): void {
    this.#shown.status(status);
  }

  onAsked(): void {
    this.#attempts.wasAsked();
    this.#shown.fate('unanswered');
    this.#shown.status(Status.REQUESTING);
  }

  onUploaded(count: number): void {
    this.#shown.uploaded(count);
  }

  onHead(came: ResponseHead): void {
    const answer = new ReceivedAnswer(came);
    this.#answer = answer;
    const { head } = answer;
    this.#shown.fate('answered');
    const { keepAlive, locations } = answerFields(head.fields);
    if (this.#connection && keepAlive !== null) this.#tools.origins.expires(this.#connection, keepAlive);
    const found = redirect(this.#hop, head.statusCode, locations, this.#followed, redirectRules(this.order));
    if (found.kind === 'failure') this.#give(Result[found.result], badRedirect(found.code, found.message));
    else if (found.kind === 'next') this.#expectRest(head, found.hop);
    else this.#expectBody(answer);
  }

  #expectRest(head: ResponseHead, next: Hop): void {
    this.#redirectTo = next;
    if (!isWorthReading(head)) this.#followAtOnce(next);
    else if (head.hasBody) this.#restAlarm = limitTime(this.#tools.loop, () => this.#followAtOnce(next));
  }

  #expectBody(answer: ReceivedAnswer): void {
    this.#body.release();
    this.#shown.bodyBegins(answer.head.contentLength);
    const { bodySizeLimit: limit } = this.order;
    const choice = { method: this.#hop.method, limit, unpacking: this.#unpacking, file: this.#file };
    answer.store = chooseStore(answer, choice, this.#tools.loop.later, this);
  }

  get pending(): number {
    return this.#answer?.store.pending ?? 0;
  }

  region(most: number): Uint8Array {
    return this.#answer?.store.region(most) ?? NOTHING;
  }

  onCommitted(count: number): void {
    this.#answer?.commit(count);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#over) this.#answer?.add(bytes, start, end);
  }

  onProgress(): void {
    if (this.#over || this.#answer === null) return;
    if (this.#redirectTo === null) this.#showDownloaded();
    else if (!isShort(this.#answer.knownBytes)) this.#followAtOnce(this.#redirectTo);
  }

  /** The body of a redirect is not shown: it is not the one that was requested. */
  #showDownloaded(): void {
    if (this.#answer && this.#redirectTo === null) this.#shown.downloaded(this.#answer.downloaded);
  }

  onRoom(): void {
    this.#connection?.wake();
  }

  onStored(body: Completion['body']): void {
    this.#give(Result.SUCCESS, null, body);
  }

  onStoreFailed(result: Result, failure: Failure): void {
    this.#give(result, failure);
  }

  /** Does not read the rest of the redirect, so its connection is closed. */
  #followAtOnce(next: Hop): void {
    this.#leaveConnection();
    this.#follow(next);
  }

  onComplete(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection && logsInConnection(this.#hop.headers)) connection.close();
    if (this.#redirectTo) {
      this.#followLater();
      return;
    }
    this.#showDownloaded();
    this.#answer?.store.end();
    this.#file?.isBehind(this.pending);
  }

  /** Not at once: `KeptConnection.complete()` first gives the connection to a request that waits for one. */
  #followLater(): void {
    this.#restAlarm?.clear();
    this.#tools.loop.later(() => this.#redirectTo && this.#follow(this.#redirectTo));
  }

  #follow(hop: Hop): void {
    if (this.#over) return;
    this.#redirectTo = null;
    this.#restAlarm?.clear();
    this.#followed += 1;
    this.#attempts.wasRedirected();
    this.#hop = hop;
    if (!hop.hasBody) this.#body.release();
    this.#server = splitUrl(hop.url);
    this.key = this.#keyNow();
    this.#seek();
  }

  onLost(status: Status, failure: Failure): void {
    const connection = this.#connection;
    this.#connection = null;
    if (this.#redirectTo) this.#followLater();
    else if (connection?.used && this.#attempts.mayRepeat(this.#hop.method, failure)) this.#seek();
    else this.#give(resultOf(status), failure);
  }

  #tooLate(): void {
    const held = this.#connection === null && this.held;
    this.#give(Result.TIMEOUT, tooLate(this.#failedNow, this.order.timeout, this.#attempts.waited, held));
  }

  /** What a failure would be about if it happened now. */
  get #failedNow(): Failed {
    if (this.#connection && this.#attempts.asked) return this.#connection.failedNow;
    const where = hostAndPort(this.#server.host, this.#server.port);
    if (this.#answer) return { phase: 'body', where, request: 'answered' };
    return { phase: 'connect', where, request: 'unsent' };
  }

  #give(result: Result, failure: Failure | null, body: Completion['body'] = NOTHING): void {
    if (this.#over) return;
    this.#showDownloaded();
    const request = this.#attempts.fate(failure?.request ?? null);
    const stored = result === Result.SUCCESS && this.#file?.storing === true;
    const what = { id: this.order.id, url: this.#hop.url, result, body, stored, holdsFile: false };
    const completion = completionOf(what, this.#answer?.head ?? null, failure && { ...failure, request });
    this.stop((holdsFile) => this.#tools.done(this.order, { ...completion, holdsFile }));
  }

  stop(then: (holdsFile: boolean) => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#alarm.clear();
    this.#restAlarm?.clear();
    this.#tools.origins.leave(this);
    this.#leaveConnection();
    this.#answer?.store.close();
    this.#body.release();
    if (this.#file) this.#file.letGo(then);
    else then(false);
  }

  /** The thread ends. Settles when the request does nothing to its file any more. */
  async endNow(): Promise<void> {
    this.stop(() => {});
    await this.#file?.endNow();
  }

  #leaveConnection(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }
}

const NOTHING = new Uint8Array(0);
