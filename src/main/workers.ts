import type { Remote } from 'comlink';
import { messageOf } from '../shared/kinds.ts';
import { Death, Word } from '../shared/layout.ts';
import type { ClientSettings, ThreadStats, WorkerApi } from '../shared/messages.ts';
import { freeRings, Link } from './link.ts';
import { openThreads, startTimer, type Threads } from './threads.ts';

/**
 * The books of a pool: which client is on which thread, and which threads live. Two kinds of news come late here.
 * A thread's exit is an event, which a program that never turns its event loop does not get; so a client that finds
 * a tombstone, or no heartbeat, reports it (`condemn`). And piscina can replace a lost thread only when the loop
 * turns; so when no thread is left, a new set is made on the spot.
 */
export class Workers {
  readonly #count: number;
  readonly #links = new Map<number, Set<Link>>();
  #handovers = 0;
  #threads: Threads;
  #closing: Promise<void> | null = null;

  /** Milliseconds without a heartbeat after which a thread counts as stuck. */
  readonly unresponsiveAfter: number;

  constructor(count: number, unresponsiveAfter: number) {
    this.#count = count;
    this.unresponsiveAfter = unresponsiveAfter;
    this.#threads = this.#open();
  }

  #open(): Threads {
    return openThreads(this.#count, (id, reason) => {
      this.#bury(id, Death.EXITED, reason);
      freeRings.endThread(id);
    });
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  /** For a connection that goes from one client to another: each time another. */
  nextHandover(): number {
    this.#handovers += 1;
    return this.#handovers;
  }

  /** The link for a client that is about to use what thread `threadId` has. */
  attachTo(threadId: number, link: Link | null, bufferSize: number, settings: ClientSettings): Link {
    if (link && link.threadId === threadId && this.#links.get(threadId)?.has(link)) {
      link.live = true;
      return link;
    }
    if (!this.#threads.ids.has(threadId)) throw new Error('the thread of the connection has ended');
    return this.#replace(link, threadId, bufferSize, settings);
  }

  /** The link for a client that is about to connect: the one it has, unless another thread has clearly less to do. */
  attach(link: Link | null, bufferSize: number, settings: ClientSettings): Link {
    if (this.#threads.ids.size === 0) this.#reopen();
    const threadId = this.#leastLoaded();
    if (link && this.#links.get(link.threadId)?.has(link)) {
      if (this.#load(link.threadId) <= this.#load(threadId) + 1) {
        link.live = true;
        return link;
      }
    }
    return this.#replace(link, threadId, bufferSize, settings);
  }

  /** The old one is let go of when there is a new one: making that may fail, and then nothing has changed. */
  #replace(old: Link | null, threadId: number, bufferSize: number, settings: ClientSettings): Link {
    const link = this.#attach(threadId, bufferSize, settings);
    if (old) this.detach(old);
    return link;
  }

  #attach(threadId: number, bufferSize: number, settings: ClientSettings): Link {
    const link = new Link(threadId, bufferSize, settings);
    link.live = true;
    this.#linksOf(threadId).add(link);
    this.#threads.send(threadId, link.ticket).catch((error: unknown) => {
      // The memory of a link that is gone may be another's.
      if (!this.#links.get(threadId)?.delete(link)) return;
      link.bury(Death.NOT_STARTED, messageOf(error));
    });
    return link;
  }

  #reopen(): void {
    const old = this.#threads;
    this.#threads = this.#open();
    old.destroy().catch(() => {});
  }

  /** Whether one of the thread's clients has ever seen its heart beat. */
  hasStarted(threadId: number): boolean {
    return [...this.#linksOf(threadId)].some(({ memory }) => memory.load(Word.HEARTBEAT) !== 0);
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
    for (const link of this.#links.get(threadId) ?? []) if (link.live) load += 1;
    return load;
  }

  detach(link: Link): void {
    const lives = this.#links.get(link.threadId)?.delete(link);
    link.cut();
    // Nobody would say of a thread that is gone that it has let go of the memory.
    if (lives) freeRings.give(link.memory, link.threadId);
  }

  /** A client found its thread dead or stuck: all its clients learn of it, and the thread is ended for good. */
  condemn(link: Link, death: Death): void {
    this.#threads.stop(link.threadId);
    this.#bury(link.threadId, death, '');
  }

  #bury(threadId: number, death: Death, epitaph: string): void {
    for (const link of this.#links.get(threadId) ?? []) link.bury(death, epitaph);
    this.#links.delete(threadId);
  }

  /** Asks every thread; those that do not answer in time are left out. */
  async stats(): Promise<ThreadStats[]> {
    const answers = [...this.#threads.ids].map((id) => this.#ask(id, (api) => api.stats()));
    const settled = await Promise.allSettled(answers);
    return settled.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ids = [...this.#threads.ids];
    await Promise.allSettled(ids.map((id) => this.#ask(id, (api) => api.shutdown())));
    for (const id of [...this.#links.keys()]) this.#bury(id, Death.POOL_CLOSED, '');
    await this.#threads.destroy();
  }

  /** A comlink call of its own port, and a deadline: a call to a dead thread would never settle. */
  async #ask<T>(id: number, call: (api: Remote<WorkerApi>) => Promise<T>): Promise<T> {
    const comlink = await import('comlink');
    const { port1, port2 } = new MessageChannel();
    const api = comlink.wrap<WorkerApi>(port1);
    const timer = startTimer(ANSWER_TIMEOUT);
    const deadline = timer.over.then(() => Promise.reject(new Error(`Worker thread ${id} did not answer.`)));
    try {
      const sent = this.#threads.send(id, { kind: 'control', port: port2 });
      return await Promise.race([deadline, sent.then(() => call(api))]);
    } finally {
      deadline.catch(() => {});
      timer.stop();
      api[comlink.releaseProxy]();
      port1.close();
    }
  }
}

/** Milliseconds. A worker answers within one turn of its loop, or it is stuck. */
const ANSWER_TIMEOUT = 2000;
