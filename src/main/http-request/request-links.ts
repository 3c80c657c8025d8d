import type { Failure } from '../../shared/failure.ts';
import { Death } from '../../shared/log/layout.ts';
import type { OrderText } from '../../shared/messages.ts';
import type { Keeping, RequestSettings } from '../../shared/settings.ts';
import { refusal } from '../connection/failures.ts';
import type { Mode } from '../connection/wiring.ts';
import { place } from '../place/here.ts';
import type { Timer, Uploads } from '../place/place.ts';
import { Pulse } from '../pool/pulse.ts';
import { busyFiles } from './busy-files.ts';
import { type Orderer, type Placed, RequestLink } from './request-link.ts';

/** What the links need from the pool. */
export interface LinkOwner {
  /** The threads that can be used, at least one. Throws `Error` if no thread can run. */
  usableThreads(): ReadonlySet<number>;
  readonly mode: Mode;
  readonly uploads: Pick<Uploads, 'lendTo' | 'drain'>;
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
  /** How many promises wait. */
  #waiting = 0;
  #watching = false;
  #timer: Timer | null = null;

  constructor(owner: LinkOwner, threads: number, { connectionsPerOrigin, keepAliveTimeout }: Keeping) {
    this.#owner = owner;
    // The limit is for the pool: each thread has a share of it.
    const share = Math.max(1, Math.floor(connectionsPerOrigin / threads));
    this.#keeping = { connectionsPerOrigin: share, keepAliveTimeout };
  }

  /**
   * Orders a request on the thread that has the fewest of its origin. If a thread still has the file that it downloads
   * into, the request goes to that thread. Returns a Failure if the file is in use, or if too many requests are under
   * way.
   */
  order(origin: string, text: OrderText, settings: RequestSettings, orderer: Orderer): Placed | Failure {
    const path = text.file?.path;
    const holder = path === undefined ? null : this.#holderOf(path);
    if (holder === 'in use') return refusal('FILE_ALREADY_IN_USE', inUse(path));
    const link = holder ?? this.#linkFor(origin);
    const placed = link.order(origin, text, settings, orderer);
    if (placed) this.#owner.uploads.lendTo(link.threadId, text.body);
    return (
      placed ?? refusal('TOO_MANY_REQUESTS', 'Too many requests are under way: wait until some are complete.')
    );
  }

  /** The link whose thread has still to release the file. A dead thread has no files. */
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
      // So that complete requests do not count, nor wait for a tick() that may never come.
      link.drain();
      if (best === null || isLessBusy(link, best, origin)) best = link;
    }
    if (best === null) throw new Error('there is no worker thread');
    return best;
  }

  #open(threadId: number): RequestLink {
    const link = new RequestLink(threadId, this.#keeping, this.#owner.mode);
    this.#links.set(threadId, link);
    this.#pulses.set(link, new Pulse(this.#owner.unresponsiveAfter, this.#owner.hasStarted(threadId)));
    this.#owner.deliver(link);
    return link;
  }

  /** Takes the completions of all threads. Now and then it checks that the threads live. */
  drain(): void {
    for (const link of this.#links.values()) link.drain();
    this.#looksLeft -= 1;
    if (this.#looksLeft >= 0) return;
    this.#looksLeft = STEPS_PER_LOOK;
    this.look();
  }

  /** Checks that each thread with something to do lives. One that does not is lost. */
  look(): void {
    const time = place.now();
    this.#owner.uploads.drain();
    for (const link of this.#links.values()) {
      const { threadId, slots, idle } = link;
      if (idle) continue;
      const stopped = this.#pulses.get(link)?.stopped(slots.heartbeat, time) === true;
      if (this.#owner.ended(threadId)) this.#owner.lose(threadId, Death.EXITED);
      else if (stopped) this.#owner.lose(threadId, Death.UNRESPONSIVE);
    }
  }

  /**
   * Somebody awaits a request on `link`: its completion is reported as it comes, and a dead thread is found without
   * poll().
   */
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

  /** There is one watch at a time, which goes on if a new wait follows the old one. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#waiting > 0) {
      this.#timer = place.startTimer(LOOK_MILLISECONDS);
      await this.#timer.over;
      this.look();
    }
    this.#watching = false;
  }

  /** Whether a heartbeat of the thread was ever seen. */
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

  /** No request is under way, and no message will come. */
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
  return `Another request downloads into ${path}: wait until that is complete, or cancel it.`;
}

/** The pause between two checks while nobody polls. */
const LOOK_MILLISECONDS = 500;

/** At 60 ticks a second this is one check a second. */
const STEPS_PER_LOOK = 64;
