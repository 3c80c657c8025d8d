import type { Failure } from '../../shared/failure.ts';
import { Death } from '../../shared/log/layout.ts';
import type { OrderText } from '../../shared/messages.ts';
import type { Keeping, RequestSettings } from '../../shared/settings.ts';
import { refusal } from '../connection/failures.ts';
import { place } from '../place/here.ts';
import type { Timer } from '../place/place.ts';
import { Pulse } from '../pool/pulse.ts';
import { busyFiles } from './busy-files.ts';
import { type Orderer, type Placed, RequestLink } from './request-link.ts';

/** What the links need of the pool's books. */
export interface LinkOwner {
  /** The threads that can be used, at least one. Throws `Error` if no thread can run. */
  usableThreads(): ReadonlySet<number>;
  deliver(link: RequestLink): void;
  hasStarted(threadId: number): boolean;
  ended(threadId: number): boolean;
  /** A thread is dead or stuck. */
  lose(threadId: number, death: Death): void;
  readonly unresponsiveAfter: number;
}

/** The whole requests of a pool, by thread. */
export class RequestLinks {
  readonly #owner: LinkOwner;
  readonly #keeping: Keeping;
  readonly #links = new Map<number, RequestLink>();
  readonly #pulses = new Map<RequestLink, Pulse>();
  #looksLeft = 0;
  /** Promises that wait. */
  #waiting = 0;
  #watching = false;
  #timer: Timer | null = null;

  constructor(owner: LinkOwner, threads: number, { connectionsPerOrigin, keepAliveTimeout }: Keeping) {
    this.#owner = owner;
    // The connections are the pool's: each thread has a share.
    const share = Math.max(1, Math.floor(connectionsPerOrigin / threads));
    this.#keeping = { connectionsPerOrigin: share, keepAliveTimeout };
  }

  /**
   * Orders a request on the thread that has the fewest of its origin, or still has the file that it downloads into. A
   * Failure if that is in use, or too many are under way.
   */
  order(origin: string, text: OrderText, settings: RequestSettings, orderer: Orderer): Placed | Failure {
    const path = text.file?.path;
    const holder = path === undefined ? null : this.#holderOf(path);
    if (holder === 'in use') return refusal('FILE_ALREADY_IN_USE', inUse(path));
    const placed = (holder ?? this.#linkFor(origin)).order(origin, text, settings, orderer);
    return placed ?? refusal('TOO_MANY_REQUESTS', 'Too many requests are under way on each thread.');
  }

  /** The link whose thread still has a file that it has to let go of. A dead thread has none. */
  #holderOf(path: string): RequestLink | null | 'in use' {
    const holder = busyFiles.linkFor(path, new Set(this.#links.values()));
    if (holder === null || holder === 'in use' || !this.#owner.ended(holder.threadId)) return holder;
    this.#owner.lose(holder.threadId, Death.EXITED);
    return null;
  }

  #linkFor(origin: string): RequestLink {
    let best: RequestLink | null = null;
    for (const threadId of this.#owner.usableThreads()) {
      const link = this.#links.get(threadId) ?? null;
      if (link === null) return this.#open(threadId);
      // So that what is complete does not count, nor wait for a tick() that may never come.
      link.drain();
      if (best === null || isLessBusy(link, best, origin)) best = link;
    }
    if (best === null) throw new Error('there is no worker thread');
    return best;
  }

  #open(threadId: number): RequestLink {
    const link = new RequestLink(threadId, this.#keeping);
    this.#links.set(threadId, link);
    this.#pulses.set(link, new Pulse(this.#owner.unresponsiveAfter, this.#owner.hasStarted(threadId)));
    this.#owner.deliver(link);
    return link;
  }

  /** Takes what is complete, of all threads; now and then it looks whether they live. */
  drain(): void {
    for (const link of this.#links.values()) link.drain();
    this.#looksLeft -= 1;
    if (this.#looksLeft >= 0) return;
    this.#looksLeft = STEPS_PER_LOOK;
    this.look();
  }

  /** Whether the threads live that have something to do. Those that do not are lost. */
  look(): void {
    const time = place.now();
    for (const link of this.#links.values()) {
      const { threadId, slots, idle } = link;
      if (idle) continue;
      const stopped = this.#pulses.get(link)?.stopped(slots.heartbeat, time) === true;
      if (this.#owner.ended(threadId)) this.#owner.lose(threadId, Death.EXITED);
      else if (stopped) this.#owner.lose(threadId, Death.UNRESPONSIVE);
    }
  }

  /** Somebody awaits what is under way on `link`: it is told as it comes, and a thread that dies is found by itself. */
  listen(link: RequestLink): void {
    link.listen();
    this.#waiting += 1;
    if (!this.#watching) this.#watch().catch(() => {});
  }

  stopListening(link: RequestLink): void {
    link.stopListening();
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#timer?.stop();
  }

  /** One at a time: where one wait follows the other, it goes on. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#waiting > 0) {
      this.#timer = place.startTimer(LOOK_MILLISECONDS);
      await this.#timer.over;
      this.look();
    }
    this.#watching = false;
  }

  /** Whether a thread was seen to run. */
  hasBeaten(threadId: number): boolean {
    return (this.#links.get(threadId)?.slots.heartbeat ?? 0) > 0;
  }

  bury(threadId: number, death: Death, endReason: string): void {
    const link = this.#links.get(threadId);
    if (link === undefined) return;
    this.#links.delete(threadId);
    this.#pulses.delete(link);
    link.bury(death, endReason);
  }

  /** Nothing is under way, and nothing will come. */
  get idle(): boolean {
    for (const { idle } of this.#links.values()) if (!idle) return false;
    return true;
  }

  get threadIds(): number[] {
    return [...this.#links.keys()];
  }
}

function isLessBusy(one: RequestLink, other: RequestLink, origin: string): boolean {
  const difference = one.load(origin) - other.load(origin);
  return difference < 0 || (difference === 0 && one.size < other.size);
}

function inUse(path: string | undefined): string {
  return `Another request downloads into ${path}: wait until it is complete, or cancel it.`;
}

/** While nobody polls. */
const LOOK_MILLISECONDS = 500;

/** At 60 ticks a second a look every second. */
const STEPS_PER_LOOK = 64;
