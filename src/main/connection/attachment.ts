import type { Failure, RequestFate } from '../../shared/failure.ts';
import { summaryOf } from '../../shared/kinds.ts';
import { Death, Word } from '../../shared/log/layout.ts';
import { LogReader } from '../../shared/log/reader.ts';
import type { ClientSettings, WorkerTimeouts } from '../../shared/settings.ts';
import type { Settings } from '../options/options.ts';
import { place } from '../place/here.ts';
import { Pulse } from '../pool/pulse.ts';
import type { Workers } from '../pool/workers.ts';
import { deathFailure } from './failures.ts';
import type { Link } from './link.ts';
import type { Outgoing } from './outgoing.ts';

/** A connection that can be taken over. The client that takes it attaches to its thread first, and that may fail. */
export interface Offer {
  readonly workers: Workers;
  readonly threadId: number;
  /** Hands the connection over: from here on it belongs to another client. */
  give(): GivenConnection;
}

/** A connection that was handed over, and that no client has taken yet. */
export interface GivenConnection {
  /** The number under which the worker keeps it. */
  readonly handover: number;
  /** Bytes that were accepted but not yet taken by the system. */
  readonly unsent: number;
  /** Whether `shutdown()` was called, so that nothing more is accepted. */
  readonly shut: boolean;
}

/**
 * What connects a client with a worker thread: the link, the log in its memory, and what is known about the thread's
 * life.
 */
export class Attachment {
  readonly #settings: Settings;
  /** The pool of the link's thread. */
  #workers: Workers | null = null;
  #pulse = new Pulse(0, true);
  #stepsToLook = FEWEST_STEPS;
  #stepsPerLook = FEWEST_STEPS;
  #lastLook = 0;
  /** ASKED (layout.ts) before the last request. */
  #asked = 0;
  /** What the worker is told about this client. */
  #client: ClientSettings;
  link: Link | null = null;
  log: LogReader<ArrayBufferLike> | null = null;
  /** The same, if the caller can sleep for it. */
  sleepableLog: LogReader | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#client = settings.client;
  }

  /** The worker is told at the next connection or request: {@link tellTimeouts}. */
  setTimeouts(timeouts: WorkerTimeouts): void {
    this.#client = { ...this.#client, timeouts };
  }

  tellTimeouts(): void {
    this.link?.setTimeouts(this.#client.timeouts);
  }

  /**
   * Attaches to a thread that lives. If there is an offer, that is the offer's own thread. Returns the reason if this
   * fails, and then nothing has changed.
   */
  attach(offer: Offer | null): Failure | null {
    try {
      const workers = offer?.workers ?? this.#settings.workers();
      if (workers.closed) return deathFailure(Death.POOL_CLOSED, '');
      if (this.log?.death()) this.#dropThread(this.log.death());
      const { bufferSize } = this.#settings;
      const client = this.#client;
      const own = this.#workers === workers ? this.link : null;
      const link = offer
        ? workers.attachTo(offer.threadId, own, bufferSize, client)
        : workers.attach(own, bufferSize, client);
      if (own === null) this.detach();
      this.#workers = workers;
      this.#pulse = new Pulse(workers.unresponsiveAfter, workers.hasStarted(link.threadId));
      if (link !== this.link) this.#read(link);
      this.link = link;
      return null;
    } catch (error) {
      // The system has no more threads, or no more memory. That is not thrown at a main loop.
      return deathFailure(Death.NOT_STARTED, summaryOf(error));
    }
  }

  #read({ memory, shared }: Link): void {
    this.sleepableLog = shared && new LogReader(shared);
    this.log = this.sleepableLog ?? new LogReader(memory);
  }

  /** From here on everything is about connection `epoch`. */
  begin(epoch: number): void {
    this.tellTimeouts();
    this.log?.open(epoch);
    if (this.link) this.link.epoch = epoch;
  }

  /** The connection, for another client. `onGiven` is called when it is handed over. */
  offer(outgoing: Outgoing, onGiven: () => void): Offer | null {
    const { link, log } = this;
    const workers = this.#workers;
    if (link === null || log === null || workers === null) return null;
    const give = (): GivenConnection => {
      const given = { handover: workers.nextHandover(), unsent: outgoing.unsent(), shut: outgoing.shut };
      const { handover, unsent } = given;
      link.send({ verb: 'give', handover, unread: log.unread(), unsent });
      onGiven();
      return given;
    };
    return { workers, threadId: link.threadId, give };
  }

  /** A request is about to be given to the worker. */
  noteAsked(): void {
    this.#asked = this.link?.memory.load(Word.ASKED) ?? 0;
  }

  /**
   * How far the last request of a dead worker had come. The worker marks a request before it sends the first byte.
   * Whether a response came, a dead worker can't report.
   */
  fateOfRequest(): RequestFate {
    return this.link?.memory.load(Word.ASKED) === this.#asked ? 'unsent' : 'unanswered';
  }

  detach(): void {
    if (this.link) this.#workers?.detach(this.link);
    this.link = null;
    this.log = null;
    this.sleepableLog = null;
  }

  /** The thread is gone. Returns the failure; null if this client had no connection there. */
  loseThread(death: number): Failure | null {
    const { link } = this;
    this.#dropThread(death);
    // Only now is it known whether the thread had ever started, and why it ended.
    return link?.hasConnection ? deathFailure(link.memory.load(Word.DEATH) || death, link.endReason) : null;
  }

  #dropThread(death: number): void {
    if (this.link && (death === Death.EXITED || death === Death.UNRESPONSIVE)) {
      this.#workers?.report(this.link, death);
    }
    this.link = null;
    this.log = null;
    this.sleepableLog = null;
  }

  /** Makes the next {@link death} look closely. */
  lookCloselyNext(): void {
    this.#stepsToLook = 0;
  }

  /**
   * Why the thread is gone; `Death.NONE` if it lives. It is called in each idle step, so it looks closely only now and
   * then.
   */
  death(log: LogReader<ArrayBufferLike>): number {
    this.#stepsToLook -= 1;
    const tombstone = log.death();
    if (tombstone !== Death.NONE) return tombstone;
    return this.#stepsToLook > 0 ? Death.NONE : this.#checkHeartbeat(log);
  }

  /**
   * Looks at the heartbeat and at the clock. That costs more than an idle step, and leaves a number to the garbage
   * collector.
   */
  #checkHeartbeat(log: LogReader<ArrayBufferLike>): number {
    const time = place.now();
    const hurried = time - this.#lastLook < OFTEN_ENOUGH;
    this.#stepsPerLook = hurried ? Math.min(2 * this.#stepsPerLook, MOST_STEPS) : FEWEST_STEPS;
    this.#stepsToLook = this.#stepsPerLook;
    this.#lastLook = time;
    this.#workers?.uploads.drain();
    const beat = log.heartbeat();
    // A thread whose heartbeat was ever seen leaves a tombstone.
    if (beat === 0 && this.link && this.#workers?.ended(this.link.threadId)) return Death.EXITED;
    return this.#pulse.stopped(beat, time) ? Death.UNRESPONSIVE : Death.NONE;
  }
}

/** The idle steps between two looks at the worker's heartbeat. At 60 steps a second that is about one look a second. */
const FEWEST_STEPS = 64;
/**
 * In a loop that polls thousands of times a second the steps between two looks grow up to this number, so that
 * OFTEN_ENOUGH milliseconds lie between two looks.
 */
const MOST_STEPS = 1024;
const OFTEN_ENOUGH = 100;
