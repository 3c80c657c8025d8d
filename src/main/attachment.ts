import type { Failure } from '../shared/failure.ts';
import { Death, Word } from '../shared/layout.ts';
import { wordsOf } from '../shared/words-of.ts';
import { deathFailure } from './failures.ts';
import type { Link } from './link.ts';
import { LogReader } from './log-reader.ts';
import type { Settings } from './options.ts';
import { Pulse } from './pulse.ts';
import type { Workers } from './workers.ts';

/** A connection that was given away: what its next owner must know. */
export interface Gift {
  readonly workers: Workers;
  readonly threadId: number;
  readonly handover: number;
}

/** In this process, of all pools: each is another. */
let handovers = 0;

/** What a client has of a worker thread: the link, the log in its memory, and the feeling for whether the thread lives. */
export class Attachment {
  readonly #settings: Settings;
  /** Whose thread the link leads to. */
  #workers: Workers | null = null;
  #pulse = new Pulse(0, true);
  #stepsToLook = FEWEST_STEPS;
  #stepsPerLook = FEWEST_STEPS;
  #lastLook = 0;
  link: Link | null = null;
  log: LogReader | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Attaches to a thread that lives, for a gift to the one that has it. Else the reason why there can be none. */
  attach(gift: Gift | null): Failure | null {
    try {
      const workers = gift?.workers ?? this.#settings.workers();
      if (workers.closed) return deathFailure(Death.POOL_CLOSED, '');
      if (this.log?.death()) this.#bury(this.log.death());
      if (this.#workers !== workers) this.detach();
      this.#workers = workers;
      const { bufferSize, client } = this.#settings;
      const link = gift
        ? workers.attachTo(gift.threadId, this.link, bufferSize, client)
        : workers.attach(this.link, bufferSize, client);
      this.#pulse = new Pulse(workers.unresponsiveAfter, workers.hasStarted(link.threadId));
      if (link !== this.link) this.log = new LogReader(link.memory);
      this.link = link;
      return null;
    } catch (error) {
      // The system has no more threads, or no more memory: nothing that a game loop should be thrown.
      return deathFailure(Death.NOT_STARTED, wordsOf(error));
    }
  }

  /** From here on everything is about connection `epoch`. */
  begin(epoch: number): void {
    this.log?.open(epoch);
    if (this.link) this.link.epoch = epoch;
  }

  /** The worker keeps the connection for who comes with the gift. */
  give(): Gift | null {
    const { link, log } = this;
    if (link === null || log === null || this.#workers === null) return null;
    handovers += 1;
    link.send({ verb: 'give', handover: handovers, unread: log.unread() });
    return { workers: this.#workers, threadId: link.threadId, handover: handovers };
  }

  detach(): void {
    if (this.link) this.#workers?.detach(this.link);
    this.link = null;
    this.log = null;
  }

  /** The thread is gone. The reason, null if nothing was going on there. */
  lose(death: number): Failure | null {
    const { link } = this;
    this.#bury(death);
    // Only now it is known whether the thread had ever started, and what it said.
    return link?.live ? deathFailure(link.memory.load(Word.DEATH) || death, link.epitaph) : null;
  }

  #bury(death: number): void {
    if (this.link && (death === Death.EXITED || death === Death.UNRESPONSIVE)) {
      this.#workers?.condemn(this.link, death);
    }
    this.link = null;
    this.log = null;
  }

  /** The next {@link death} is to look closely. */
  worry(): void {
    this.#stepsToLook = 0;
  }

  /** What has become of the thread. Asked in each idle step; it looks closely only now and then. */
  death(log: LogReader): number {
    this.#stepsToLook -= 1;
    const tombstone = log.death();
    if (tombstone !== Death.NONE) return tombstone;
    return this.#stepsToLook > 0 ? Death.NONE : this.#feelPulse(log);
  }

  /** Looks at the clock, which costs more than an idle step and leaves a number to the garbage collector. */
  #feelPulse(log: LogReader): number {
    const now = performance.now();
    const hurried = now - this.#lastLook < OFTEN_ENOUGH;
    this.#stepsPerLook = hurried ? Math.min(2 * this.#stepsPerLook, MOST_STEPS) : FEWEST_STEPS;
    this.#stepsToLook = this.#stepsPerLook;
    this.#lastLook = now;
    const beat = log.heartbeat();
    // A thread that this client has seen to run leaves a tombstone.
    if (beat === 0 && this.link && this.#workers?.ended(this.link.threadId)) return Death.EXITED;
    return this.#pulse.stopped(beat, now) ? Death.UNRESPONSIVE : Death.NONE;
  }
}

/** Idle steps between two looks at the worker's heartbeat: at 60 a second a look every second ... */
const FEWEST_STEPS = 64;
/** ... and in a loop that polls thousands of times a second one in so many, or every OFTEN_ENOUGH milliseconds. */
const MOST_STEPS = 1024;
const OFTEN_ENOUGH = 100;
