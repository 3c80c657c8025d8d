import type { ConnectMessage } from '../../shared/messages.ts';
import type { ClientSettings, Keeping } from '../../shared/settings.ts';
import type { Alarm } from '../connection/event-loop.ts';
import { type Keeper, KeptConnection, type ThreadTools } from './kept-connection.ts';

/** Who wants a connection. */
export interface Seeker {
  /** Everything that decides where it leads, how it is made, and who asks: equal keys share connections. */
  readonly key: string;
  readonly target: ConnectMessage;
  readonly settings: ClientSettings;
  /** One that has carried a request before will not do. */
  readonly fresh: boolean;
  /** It is this seeker's, until it is complete or lost. */
  onConnection(connection: KeptConnection): void;
}

/** What a thread has of one origin. */
export interface OriginStats {
  readonly idle: number;
  readonly busy: number;
  readonly waiting: number;
}

interface Origin {
  readonly all: Set<KeptConnection>;
  /** The one that was used last is used next: the others are let go of when they are not needed. */
  readonly idle: Map<KeptConnection, Alarm>;
  /** In the order in which they came. */
  readonly waiting: Set<Seeker>;
}

/**
 * The connections of a thread's whole requests, by origin: so many at once, the rest of the requests wait in order, and
 * an idle one is kept for a while.
 */
export class Origins implements Keeper {
  readonly #tools: ThreadTools;
  readonly #keeping: Keeping;
  readonly #origins = new Map<string, Origin>();
  /** How long the server keeps a connection, where it has said so. */
  readonly #lifetimes = new WeakMap<KeptConnection, number>();

  constructor(tools: ThreadTools, keeping: Keeping) {
    this.#tools = tools;
    this.#keeping = keeping;
  }

  /** `seeker` is given a connection, now or when its turn comes. */
  seek(seeker: Seeker): void {
    this.#originOf(seeker.key).waiting.add(seeker);
    this.#serve(seeker.key);
  }

  /** It wants none any more. */
  leave(seeker: Seeker): void {
    this.#origins.get(seeker.key)?.waiting.delete(seeker);
    this.#forgetIfEmpty(seeker.key);
  }

  /** The server closes the connection so many milliseconds after an answer, if nothing comes. */
  expires(connection: KeptConnection, milliseconds: number): void {
    this.#lifetimes.set(connection, milliseconds);
  }

  onIdle(connection: KeptConnection): void {
    const { idle } = this.#originOf(connection.key);
    const alarm = this.#tools.loop.alarm(() => connection.close());
    idle.set(connection, alarm);
    this.#serve(connection.key);
    if (!idle.has(connection)) return;
    const lifetime = this.#lifetimes.get(connection) ?? Number.POSITIVE_INFINITY;
    const milliseconds = Math.min(this.#keeping.keepAliveTimeout, lifetime - MARGIN);
    if (milliseconds > 0) alarm.set(milliseconds);
    else connection.close();
  }

  onOver(connection: KeptConnection): void {
    const origin = this.#originOf(connection.key);
    origin.idle.get(connection)?.clear();
    origin.idle.delete(connection);
    origin.all.delete(connection);
    this.#tools.loop.later(() => this.#serve(connection.key));
  }

  /** Gives connections to as many of those that wait as can have one. */
  #serve(key: string): void {
    const origin = this.#origins.get(key);
    if (origin === undefined) return;
    for (const seeker of origin.waiting) {
      const connection = this.#find(origin, seeker);
      if (connection === null) break;
      origin.waiting.delete(seeker);
      seeker.onConnection(connection);
    }
    this.#forgetIfEmpty(key);
  }

  #find(origin: Origin, seeker: Seeker): KeptConnection | null {
    const [last, alarm] = [...origin.idle].at(-1) ?? [null, null];
    if (last && !seeker.fresh) {
      alarm.clear();
      origin.idle.delete(last);
      return last;
    }
    const full = origin.all.size >= this.#keeping.connectionsPerOrigin;
    if (full && last === null) return null;
    if (full) last?.close();
    const { key, target, settings } = seeker;
    const made = new KeptConnection(key, { ...this.#tools, settings }, this);
    origin.all.add(made);
    made.connect(target);
    return made;
  }

  #originOf(key: string): Origin {
    const origin = this.#origins.get(key) ?? { all: new Set(), idle: new Map(), waiting: new Set() };
    this.#origins.set(key, origin);
    return origin;
  }

  #forgetIfEmpty(key: string): void {
    const origin = this.#origins.get(key);
    if (origin?.all.size === 0 && origin.waiting.size === 0) this.#origins.delete(key);
  }

  get connections(): KeptConnection[] {
    return [...this.#origins.values()].flatMap(({ all }) => [...all]);
  }

  stats(): Record<string, OriginStats> {
    const entries = Array.from(this.#origins, ([key, { all, idle, waiting }]) => {
      return [key, { idle: idle.size, busy: all.size - idle.size, waiting: waiting.size }];
    });
    return Object.fromEntries(entries);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
    this.#origins.clear();
  }
}

/** Milliseconds before the server's own end of an idle connection: a request must not meet it. */
const MARGIN = 1000;
