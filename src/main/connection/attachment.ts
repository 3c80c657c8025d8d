import type { Failure, RequestFate } from '../../shared/failure.ts';
import { summaryOf } from '../../shared/kinds.ts';
import { Death, Word } from '../../shared/log/layout.ts';
import { LogReader } from '../../shared/log/reader.ts';
import type { ClientSettings, Timeouts } from '../../shared/settings.ts';
import type { Settings } from '../options/options.ts';
import { place } from '../place/here.ts';
import { Pulse } from '../pool/pulse.ts';
import type { Workers } from '../pool/workers.ts';
import { deathFailure } from './failures.ts';
import type { Link } from './link.ts';
import type { Outgoing } from './outgoing.ts';

/** A connection that can be taken over. The taker attaches to its thread first, which may fail. */
export interface Offer {
  readonly workers: Workers;
  readonly threadId: number;
  /** The connection is another's from here on. */
  give(): Gift;
}

/** A connection that nobody has for the moment. */
export interface Gift {
  /** The worker keeps it under this number. */
  readonly handover: number;
  /** Bytes that it was given to send, and that the system has not taken. */
  readonly unsent: number;
  /** It was told to send nothing more. */
  readonly shut: boolean;
}

/**
 * What a client has of a worker thread: the link, the log in its memory, and the feeling for whether the
 * thread lives.
 */
export class Attachment {
  readonly #settings: Settings;
  /** Whose thread the link leads to. */
  #workers: Workers | null = null;
  #pulse = new Pulse(0, true);
  #stepsToLook = FEWEST_STEPS;
  #stepsPerLook = FEWEST_STEPS;
  #lastLook = 0;
  /** ASKED (layout.ts) before the last request. */
  #asked = 0;
  /** What its worker is told of the client. */
  #client: ClientSettings;
  link: Link | null = null;
  log: LogReader | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#client = settings.client;
  }

  /** The worker hears of them with the next connection or request: {@link tellTimeouts}. */
  setTimeouts(timeouts: Timeouts): void {
    this.#client = { ...this.#client, timeouts };
  }

  tellTimeouts(): void {
    this.link?.setTimeouts(this.#client.timeouts);
  }

  /** Attaches to a thread that lives, for an offer to its own. Else changes nothing, and tells why. */
  attach(offer: Offer | null): Failure | null {
    try {
      const workers = offer?.workers ?? this.#settings.workers();
      if (workers.closed) return deathFailure(Death.POOL_CLOSED, '');
      if (this.log?.death()) this.#bury(this.log.death());
      const { bufferSize } = this.#settings;
      const client = this.#client;
      const own = this.#workers === workers ? this.link : null;
      const link = offer
        ? workers.attachTo(offer.threadId, own, bufferSize, client)
        : workers.attach(own, bufferSize, client);
      if (own === null) this.detach();
      this.#workers = workers;
      this.#pulse = new Pulse(workers.unresponsiveAfter, workers.hasStarted(link.threadId));
      if (link !== this.link) this.log = new LogReader(link.memory);
      this.link = link;
      return null;
    } catch (error) {
      // The system has no more threads, or no more memory: nothing that a game loop should be thrown.
      return deathFailure(Death.NOT_STARTED, summaryOf(error));
    }
  }

  /** From here on everything is about connection `epoch`. */
  begin(epoch: number): void {
    this.tellTimeouts();
    this.log?.open(epoch);
    if (this.link) this.link.epoch = epoch;
  }

  /** `given` is called when the connection is another's. */
  offer(outgoing: Outgoing, given: () => void): Offer | null {
    const { link, log } = this;
    const workers = this.#workers;
    if (link === null || log === null || workers === null) return null;
    const give = (): Gift => {
      const gift = { handover: workers.nextHandover(), unsent: outgoing.unsent(), shut: outgoing.shut };
      const { handover, unsent } = gift;
      link.send({ verb: 'give', handover, unread: log.unread(), unsent });
      given();
      return gift;
    };
    return { workers, threadId: link.threadId, give };
  }

  /** A request is about to be given to the worker. */
  countRequests(): void {
    this.#asked = this.link?.memory.load(Word.ASKED) ?? 0;
  }

  /** Of a worker that is gone: it marks a request before its first byte, and can't say whether something came. */
  fateOfRequest(): RequestFate {
    return this.link?.memory.load(Word.ASKED) === this.#asked ? 'unsent' : 'unanswered';
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
    return link?.live ? deathFailure(link.memory.load(Word.DEATH) || death, link.endReason) : null;
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
    const time = place.now();
    const hurried = time - this.#lastLook < OFTEN_ENOUGH;
    this.#stepsPerLook = hurried ? Math.min(2 * this.#stepsPerLook, MOST_STEPS) : FEWEST_STEPS;
    this.#stepsToLook = this.#stepsPerLook;
    this.#lastLook = time;
    const beat = log.heartbeat();
    // A thread that this client has seen to run leaves a tombstone.
    if (beat === 0 && this.link && this.#workers?.ended(this.link.threadId)) return Death.EXITED;
    return this.#pulse.stopped(beat, time) ? Death.UNRESPONSIVE : Death.NONE;
  }
}

/** Idle steps between two looks at the worker's heartbeat: at 60 a second a look every second ... */
const FEWEST_STEPS = 64;
/** ... and in a loop that polls thousands of times a second one in so many, or every OFTEN_ENOUGH milliseconds. */
const MOST_STEPS = 1024;
const OFTEN_ENOUGH = 100;
