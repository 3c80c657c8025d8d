import { Result } from '../../../shared/enums.ts';
import { latin1 } from '../../../shared/field-text.ts';
import type { FileOrder, OrderMessage } from '../../../shared/messages.ts';
import type { EventLoop } from '../../connection/event-loop.ts';
import type { ResponseHead } from '../../http1/parser/response.ts';
import type { Hop } from '../redirects.ts';
import { bodyTooLarge } from '../results.ts';
import { type BodyStore, NO_STORE, type StoreOwner } from '../stores/body-store.ts';
import { FirstBytes } from '../stores/first-bytes.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import type { Backlog } from './backlog.ts';
import { type FileFailure, fileFailure } from './file-error.ts';
import { FileStore } from './file-store.ts';
import type { Files, FoundPart, PartFile } from './files.ts';
import type { PathLocks, PathUser } from './path-locks.ts';
import { type Found, fieldsForRest, judgeRest, judgeWhole, strongETag, type Version } from './resume.ts';

/** What the downloads of a thread share. */
export interface DownloadTools {
  readonly files: Files;
  readonly locks: PathLocks;
  readonly backlog: Backlog;
  readonly loop: EventLoop;
}

/** What is downloaded. */
export type DownloadOrder = Pick<OrderMessage, 'url' | 'method' | 'bodySizeLimit'>;

/** An answer that is to be stored. */
export interface AnswerToStore {
  readonly head: ResponseHead;
  /** The method of the request that it answers. */
  readonly method: string;
  /** Bytes that are to be stored; -1 if that is not known, as for every body that is unpacked. */
  readonly announced: number;
}

/**
 * The file of a whole request. It waits until nobody else on this thread uses the path, decides which fields are sent,
 * stores the answer if its body belongs into the file, and releases the path.
 */
export class FileDownload implements PathUser {
  readonly #file: FileOrder;
  readonly #order: DownloadOrder;
  readonly #tools: DownloadTools;
  #onReady: () => void = () => {};
  #found: FoundPart | null = null;
  /** The URL of the request that is under way. */
  #url = '';
  #store: FileStore | null = null;
  /** The part that was found is of no use any more. */
  #forgets = false;
  #left = false;
  #leaveBacklog: (() => void) | null = null;

  constructor(file: FileOrder, order: DownloadOrder, tools: DownloadTools) {
    this.#file = file;
    this.#order = order;
    this.#tools = tools;
  }

  /** `then` is called when the request can be sent, perhaps now. */
  prepare(then: () => void): void {
    this.#onReady = then;
    this.#tools.locks.take(this.#file.path, this);
  }

  onTurn(): void {
    const { url, method } = this.#order;
    const { append, path } = this.#file;
    if (append && method === 'GET') this.#tools.files.find(path, url).then((found) => this.#ready(found));
    else this.#ready(null);
  }

  #ready(found: FoundPart | null): void {
    this.#found = found;
    if (!this.#left) this.#onReady();
  }

  /**
   * The fields of a request. Only the URL that the part came from is asked for the rest; another one for everything.
   */
  fieldsOf({ url, method, headers }: Pick<Hop, 'url' | 'method' | 'headers'>): readonly string[] {
    this.#url = url;
    if (!this.#file.append || method !== 'GET') return headers;
    const rest = this.#foundHere ? fieldsForRest(this.#foundHere) : [];
    return [...headers.filter((header) => !OWN_FIELDS.test(header)), 'Accept-Encoding: identity', ...rest];
  }

  get #foundHere(): FoundPart | null {
    return this.#found?.isFrom(this.#url) ? this.#found : null;
  }

  /** Where the body of an answer goes. The answer is not a redirect. */
  storeFor(to: AnswerToStore, owner: StoreOwner): BodyStore {
    const { head } = to;
    const found = this.#foundHere;
    const append = this.#file.append && to.method === 'GET';
    const verdict = append
      ? judgeRest(found, head.statusCode, latin1(head.fields))
      : judgeWhole(head.statusCode);
    switch (verdict.kind) {
      case 'fresh':
        return this.#fresh(to, owner);
      case 'rest':
        return found ? this.#rest(found, to.announced, owner) : NO_STORE;
      case 'complete':
        return found ? new FirstBytes(this.#rest(found, 0, owner), 0) : NO_STORE;
      case 'mismatch': {
        const { result, failure } = this.#mismatch(verdict.why);
        owner.onStoreFailed(result, failure);
        return NO_STORE;
      }
      case 'page':
        this.#forgets ||= verdict.forget;
        return this.#page(to.announced, owner);
    }
  }

  #fresh(to: AnswerToStore, owner: StoreOwner): BodyStore {
    const { head, method, announced } = to;
    // These answers never have a body, so no file is made.
    if (method === 'HEAD' || head.statusCode === 204) return this.#page(0, owner);
    if (announced > this.#order.bodySizeLimit) return this.#tooLarge(announced, owner);
    const { path } = this.#file;
    const { url } = this.#order;
    const version = this.#versionOf(to);
    const record = version && { version, url, lastUrl: this.#url };
    const open = (): Promise<PartFile> => this.#tools.files.begin(path, record);
    return this.#open(open, { from: 0, expected: announced, total: null }, owner);
  }

  /** The version that a later request could resume. Null if it can't resume this answer. */
  #versionOf({ head, method, announced: total }: AnswerToStore): Version | null {
    const { statusCode, fields } = head;
    const isGet = method === 'GET' && this.#order.method === 'GET';
    if (!this.#file.keepPartial || !isGet || statusCode !== 200 || total <= 0) return null;
    const etag = strongETag(latin1(fields));
    return etag === null ? null : { etag, total };
  }

  #rest(found: Found, expected: number, owner: StoreOwner): BodyStore {
    const { size: from, total } = found;
    if (total > this.#order.bodySizeLimit) return this.#tooLarge(total, owner);
    const open = (): Promise<PartFile> => this.#tools.files.resume(this.#file.path, found);
    return this.#open(open, { from, expected, total }, owner);
  }

  #tooLarge(bytes: number, owner: StoreOwner): BodyStore {
    owner.onStoreFailed(Result.BODY_SIZE_LIMIT_EXCEEDED, bodyTooLarge(bytes, this.#order.bodySizeLimit));
    return NO_STORE;
  }

  #open(
    open: () => Promise<PartFile>,
    { from, expected, total }: { from: number; expected: number; total: number | null },
    owner: StoreOwner,
  ): FileStore {
    const { chunkSize, keepPartial } = this.#file;
    const check = (size: number): FileFailure | null =>
      total === null || size === total
        ? null
        : this.#mismatch(`with it, the file has ${size} bytes, not ${total}`);
    const options = { chunkSize, keepPartial, from, expected, limit: this.#order.bodySizeLimit, check };
    this.#store = new FileStore(open, options, owner);
    return this.#store;
  }

  #page(announced: number, owner: StoreOwner): BodyStore {
    const limit = this.#order.bodySizeLimit;
    const { later } = this.#tools.loop;
    return new FirstBytes(
      new MemoryStore({ limit, announced: Math.min(announced, PAGE), later }, owner),
      PAGE,
    );
  }

  /** The part is discarded, so that the next request starts over. */
  #mismatch(why: string): FileFailure {
    this.#forgets = true;
    const message = `The server answered with a range that does not fit: ${why}. The next request starts over.`;
    return fileFailure(Result.CONNECTION_ERROR, 'RANGE_MISMATCH', message);
  }

  /** The body of the answer goes into the file. */
  get storing(): boolean {
    return this.#store !== null;
  }

  /** The disk is so far behind that this download must not begin. */
  get held(): boolean {
    return this.#tools.backlog.full;
  }

  /** Its connection goes to another request, and `bytes` wait for the disk. */
  isBehind(bytes: number): void {
    if (!this.#left) this.#leaveBacklog ??= this.#tools.backlog.enter(bytes);
  }

  /**
   * Ends the download. `then(false)` is called when others can use the path. If that takes long because the disk hangs,
   * `then(true)` is called before.
   */
  letGo(then: (holdsFile: boolean) => void): void {
    this.#store?.close();
    this.isBehind(this.#store?.pending ?? 0);
    this.#left = true;
    const alarm = this.#tools.loop.alarm(() => then(true));
    alarm.set(PATIENCE);
    this.#free(() => {
      alarm.clear();
      this.#leaveBacklog?.();
      this.#tools.locks.release(this.#file.path, this);
      then(false);
    });
  }

  #free(then: () => void): void {
    const forget = (): void => {
      if (this.#forgets) this.#tools.files.forget(this.#file.path).then(then);
      else then();
    };
    if (this.#store) this.#store.letGo(forget);
    else forget();
  }

  /** The thread ends. Settles when nothing is done to the file any more. */
  async endNow(): Promise<void> {
    this.#left = true;
    await this.#store?.endNow();
  }
}

/** Bytes that are kept of an answer that is not for the file. */
const PAGE = 2 ** 20;

/** Milliseconds for which a request waits for its file to be closed. */
const PATIENCE = 2000;

/** Fields that are set here. Those of the caller are dropped. */
const OWN_FIELDS = /^(?:accept-encoding|range|if-range)[\t ]*:/i;
