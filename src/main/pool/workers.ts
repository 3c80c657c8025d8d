import type { Failure } from '../../shared/failure.ts';
import { summaryOf } from '../../shared/kinds.ts';
import { Death, Word } from '../../shared/log/layout.ts';
import type { AttachTicket } from '../../shared/messages.ts';
import type { ClientSettings, Keeping } from '../../shared/settings.ts';
import type { ThreadStats } from '../../shared/stats.ts';
import { deathFailure } from '../connection/failures.ts';
import { Link } from '../connection/link.ts';
import { freeRings, type Mode } from '../connection/wiring.ts';
import type { RequestLink } from '../http-request/request-link.ts';
import { RequestLinks } from '../http-request/request-links.ts';
import { place } from '../place/here.ts';
import type { Threads, Uploads } from '../place/place.ts';
import { askThread, atMost } from './ask-thread.ts';
import { NO_THREADS } from './no-threads.ts';
import { Restarts } from './restarts.ts';

export interface WorkersSettings {
  readonly unresponsiveAfter: number;
  /** Null: where the package was installed. */
  readonly workerFile: string | null;
  readonly keeping: Keeping;
}

/**
 * The books of a pool: which client is on which thread, and which threads live. It learns two things late:
 *
 * - The exit of a thread is an event, and a program that never turns its event loop gets none. So a client that finds a
 *   tombstone, or no heartbeat, reports it (`report`), and the reason why a thread ended is read from memory.
 * - A lost thread is replaced only when the event loop turns. So a new set is started at once when no thread is left,
 *   unless the last one failed to start only a moment ago.
 */
export class Workers {
  readonly #count: number;
  readonly #workerFile: string | null;
  readonly #links = new Map<number, Set<Link>>();
  readonly #restarts = new Restarts();
  /** The threads that were seen to run. */
  readonly #started = new Set<number>();
  #handovers = 0;
  #threads: Threads = NO_THREADS;
  #closing: Promise<void> | null = null;

  /** Milliseconds without a heartbeat after which a thread counts as stuck. */
  readonly unresponsiveAfter: number;

  /** How bytes come from the threads. */
  readonly mode: Mode = place.sharing.shared ? 'shared' : 'messages';

  /** The whole requests. */
  readonly requests: RequestLinks;

  /** Copies of bodies. */
  readonly uploads: Uploads = place.openUploads((threadId, ticket) => {
    this.#threads.send(threadId, ticket).catch(() => this.uploads.endThread(threadId));
  });

  constructor(count: number, { unresponsiveAfter, workerFile, keeping }: WorkersSettings) {
    this.#count = count;
    this.#workerFile = workerFile;
    this.unresponsiveAfter = unresponsiveAfter;
    this.requests = new RequestLinks(this, count, keeping);
    try {
      this.#threads = this.#open();
    } catch {
      // The first connectToHost() tries again, and reports the reason.
    }
  }

  #open(): Threads {
    this.#restarts.starting();
    try {
      const ended = (id: number, reason: string): void => this.#bury(id, Death.EXITED, reason);
      const gone = (id: number): void => freeRings.endThread(id);
      return place.openThreads(this.#count, { ended, gone }, this.#workerFile);
    } catch (error) {
      this.#restarts.failed(summaryOf(error));
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  /** A number for a connection that is handed over: never the same twice. */
  nextHandover(): number {
    this.#handovers += 1;
    return this.#handovers;
  }

  /** The link for a client that takes over a connection of thread `threadId`. Throws if the thread has ended. */
  attachTo(threadId: number, link: Link | null, bufferSize: number, settings: ClientSettings): Link {
    if (link && link.threadId === threadId && this.#links.get(threadId)?.has(link)) {
      link.hasConnection = true;
      return link;
    }
    if (!this.#threads.ids.has(threadId)) throw new Error('the thread of the connection has ended');
    return this.#replace(link, threadId, bufferSize, settings);
  }

  /**
   * The link for a client that is about to connect: its own, unless another thread has clearly less to do. Throws if
   * there are no threads.
   */
  attach(link: Link | null, bufferSize: number, settings: ClientSettings): Link {
    this.usableThreads();
    const threadId = this.#leastLoaded();
    if (link && this.#links.get(link.threadId)?.has(link)) {
      if (this.#load(link.threadId) <= this.#load(threadId) + 1) {
        link.hasConnection = true;
        return link;
      }
    }
    return this.#replace(link, threadId, bufferSize, settings);
  }

  /** The threads that live, as far as is known: at least one. Throws if there can be none. */
  usableThreads(): ReadonlySet<number> {
    for (const id of this.#threads.ids) if (this.ended(id)) this.lose(id, Death.EXITED);
    if (this.#threads.ids.size === 0) this.#reopen();
    return this.#threads.ids;
  }

  /** Connects whole requests with their thread. */
  deliver({ threadId, ticket }: RequestLink): void {
    this.#threads.send(threadId, ticket).catch((error: unknown) => {
      this.requests.bury(
        threadId,
        this.hasStarted(threadId) ? Death.EXITED : Death.NOT_STARTED,
        summaryOf(error),
      );
    });
  }

  /** Makes a new link, and only then releases the old one: if that fails, nothing has changed. */
  #replace(old: Link | null, threadId: number, bufferSize: number, settings: ClientSettings): Link {
    const link = this.#attach(threadId, bufferSize, settings);
    if (old) this.detach(old);
    return link;
  }

  #attach(threadId: number, bufferSize: number, settings: ClientSettings): Link {
    const link = new Link(threadId, bufferSize, settings, this.mode, this.uploads);
    link.hasConnection = true;
    this.#linksOf(threadId).add(link);
    if (link.ticket) this.#deliver(threadId, link, link.ticket);
    return link;
  }

  #deliver(threadId: number, link: Link, ticket: AttachTicket): void {
    this.#threads.send(threadId, ticket).catch((error: unknown) => {
      const started = this.hasStarted(threadId);
      // The memory of a link that is gone may serve another client by now.
      if (!this.#links.get(threadId)?.delete(link)) return;
      link.bury(started ? Death.EXITED : Death.NOT_STARTED, summaryOf(error));
    });
  }

  #reopen(): void {
    if (this.#restarts.tooEarly) throw new Error(this.#restarts.reason);
    const old = this.#threads;
    this.#threads = this.#open();
    old.destroy().catch(() => {});
  }

  /** Whether one of the thread's clients has ever seen a heartbeat. */
  hasStarted(threadId: number): boolean {
    if (this.#started.has(threadId)) return true;
    for (const link of this.#links.get(threadId) ?? []) this.#noteHeartbeat(link);
    if (this.requests.hasBeaten(threadId)) this.#noteStart(threadId);
    return this.#started.has(threadId);
  }

  #noteHeartbeat({ threadId, memory }: Link): void {
    if (memory.load(Word.HEARTBEAT) > 0) this.#noteStart(threadId);
  }

  #noteStart(threadId: number): void {
    this.#started.add(threadId);
    this.#restarts.ran();
  }

  /** Whether the thread has written why it ends. */
  ended(threadId: number): boolean {
    return this.#threads.endReason(threadId) !== null;
  }

  #linksOf(threadId: number): Set<Link> {
    const links = this.#links.get(threadId) ?? new Set();
    this.#links.set(threadId, links);
    return links;
  }

  #leastLoaded(): number {
    let least = { id: 0, load: Number.POSITIVE_INFINITY };
    for (const id of this.#threads.ids) {
      const load = this.#load(id);
      if (load < least.load) least = { id, load };
    }
    return least.id;
  }

  #load(threadId: number): number {
    let load = 0;
    for (const link of this.#links.get(threadId) ?? []) if (link.hasConnection) load += 1;
    return load;
  }

  detach(link: Link): void {
    this.#noteHeartbeat(link);
    link.cut(this.#links.get(link.threadId)?.delete(link) === true);
  }

  /**
   * A client found its thread dead or stuck: all clients of that thread learn of it, and the thread is ended for good.
   */
  report(link: Link, death: Death): void {
    this.lose(link.threadId, death);
  }

  /** A thread is dead or stuck: all that it served is told, and it is ended for good. */
  lose(threadId: number, death: Death): void {
    const reason = this.#threads.endReason(threadId);
    this.#threads.stop(threadId);
    this.#bury(threadId, death, reason ?? '');
  }

  /**
   * Writes a tombstone for each client of the thread. A thread that was never seen to run counts as not started,
   * whatever ended it.
   */
  #bury(threadId: number, death: Death, reason: string): void {
    const lost = death === Death.POOL_CLOSED || this.hasStarted(threadId);
    const why = lost ? reason : reason || LATE;
    for (const link of this.#links.get(threadId) ?? []) link.bury(lost ? death : Death.NOT_STARTED, why);
    this.requests.bury(threadId, lost ? death : Death.NOT_STARTED, why);
    this.uploads.endThread(threadId);
    if (!lost) this.#restarts.failed(why);
    this.#links.delete(threadId);
  }

  /** Asks every thread. Those that do not answer in time are left out. */
  async stats(): Promise<ThreadStats[]> {
    const answers = [...this.#threads.ids].map((id) => askThread(this.#threads, id, (api) => api.stats()));
    const settled = await Promise.allSettled(answers);
    return settled.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** Settles when each thread runs, has ended, or had its time to start. Null if one of them runs, else the reason. */
  async ready(): Promise<Failure | null> {
    try {
      if (!this.closed) await this.#startAll();
    } catch (error) {
      if (!this.closed) return deathFailure(Death.NOT_STARTED, summaryOf(error));
    }
    return this.closed ? deathFailure(Death.POOL_CLOSED, '') : null;
  }

  /** Rejects if no thread starts, with the reason of the first that failed. */
  async #startAll(): Promise<void> {
    if (this.#threads.ids.size === 0) this.#reopen();
    const ids = [...this.#threads.ids];
    const reasons: unknown[] = [];
    const starts = ids.map((id) => this.#start(id).catch((error: unknown) => reasons.push(error)));
    await atMost(START_TIMEOUT, () => Promise.all(starts)).catch(() => reasons.push(LATE));
    if (!ids.some((id) => this.#started.has(id))) throw reasons[0];
  }

  async #start(id: number): Promise<void> {
    try {
      await this.#threads.start(id);
    } catch (error) {
      throw new Error(this.#threads.endReason(id) ?? summaryOf(error));
    }
    this.#noteStart(id);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ids = [...this.#threads.ids];
    await Promise.allSettled(ids.map((id) => askThread(this.#threads, id, (api) => api.shutdown())));
    for (const id of new Set([...this.#links.keys(), ...this.requests.threadIds]))
      this.#bury(id, Death.POOL_CLOSED, '');
    this.uploads.end();
    await atMost(GONE_TIMEOUT, () => this.#threads.destroy()).catch(() => {});
  }
}

/** Milliseconds that a thread may take to start on a busy machine. */
const START_TIMEOUT = 15_000;

const LATE = 'it did not start in time';

/** Milliseconds. A thread that is ended is gone a moment later, unless it waits for DNS, which can't be cancelled. */
const GONE_TIMEOUT = 1000;
