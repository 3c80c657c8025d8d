import type { ConnectMessage } from '../../shared/messages.ts';
import type { ClientSettings, Keeping } from '../../shared/settings.ts';
import type { OriginStats } from '../../shared/stats.ts';
import type { Alarm } from '../connection/event-loop.ts';
import { type Keeper, KeptConnection, type ThreadTools, type Way } from './kept-connection.ts';

/** A request that wants a connection. */
export interface Seeker extends Way {
  readonly target: ConnectMessage;
  readonly settings: ClientSettings;
  /** It needs a new connection, not one that has carried a request before. */
  readonly fresh: boolean;
  /** It must not have a connection now. Seekers behind it are served before it. */
  readonly held: boolean;
  /** Gives it a connection, which it may use for one request: until the answer is complete, or the connection lost. */
  onConnection(connection: KeptConnection): void;
}

interface Origin {
  readonly all: Set<KeptConnection>;
  /** In the order in which they became idle. */
  readonly idle: Map<KeptConnection, Alarm>;
  /** In the order in which they came. */
  readonly waiting: Set<Seeker>;
}

/**
 * The connections of a thread's whole requests, by origin. Their number is limited, the other requests wait in order,
 * and an idle connection is kept for a while.
 */
export class Origins implements Keeper {
  readonly #tools: ThreadTools;
  readonly #keeping: Keeping;
  readonly #origins = new Map<string, Origin>();
  /** How long the server keeps a connection, if it has said so. Milliseconds. */
  readonly #lifetimes = new WeakMap<KeptConnection, number>();

  constructor(tools: ThreadTools, keeping: Keeping) {
    this.#tools = tools;
    this.#keeping = keeping;
  }

  /** `seeker` is given a connection, now or when its turn comes. */
  seek(seeker: Seeker): void {
    this.#originOf(seeker.origin).waiting.add(seeker);
    this.#serve(seeker.origin);
  }

  /** Some seekers are not held any more. */
  serveAll(): void {
    for (const name of [...this.#origins.keys()]) this.#serve(name);
  }

  /** `seeker` does not want a connection any more. */
  leave(seeker: Seeker): void {
    this.#origins.get(seeker.origin)?.waiting.delete(seeker);
    this.#forgetIfEmpty(seeker.origin);
  }

  /** The server will close the connection this many milliseconds after an answer, unless a request comes. */
  expires(connection: KeptConnection, milliseconds: number): void {
    this.#lifetimes.set(connection, milliseconds);
  }

  onIdle(connection: KeptConnection): void {
    const { idle } = this.#originOf(connection.origin);
    const alarm = this.#tools.loop.alarm(() => connection.close());
    idle.set(connection, alarm);
    this.#serve(connection.origin);
    if (!idle.has(connection)) return;
    const lifetime = this.#lifetimes.get(connection) ?? Number.POSITIVE_INFINITY;
    const milliseconds = Math.min(this.#keeping.keepAliveTimeout, lifetime - MARGIN);
    if (milliseconds > 0) alarm.set(milliseconds);
    else connection.close();
  }

  onOver(connection: KeptConnection): void {
    const origin = this.#originOf(connection.origin);
    origin.idle.get(connection)?.clear();
    origin.idle.delete(connection);
    origin.all.delete(connection);
    this.#tools.loop.later(() => this.#serve(connection.origin));
  }

  /** Gives connections to as many of the waiting seekers as can have one. */
  #serve(name: string): void {
    const origin = this.#origins.get(name);
    if (origin === undefined) return;
    for (const seeker of origin.waiting) {
      if (seeker.held) continue;
      const connection = this.#find(origin, seeker);
      if (connection === null) break;
      origin.waiting.delete(seeker);
      seeker.onConnection(connection);
    }
    this.#forgetIfEmpty(name);
  }

  #find(origin: Origin, seeker: Seeker): KeptConnection | null {
    const { all, idle } = origin;
    const kept = seeker.fresh ? null : lastOf(idle.keys(), seeker.key);
    if (kept) {
      idle.get(kept)?.clear();
      idle.delete(kept);
      return kept;
    }
    if (all.size >= this.#keeping.connectionsPerOrigin) {
      // An idle connection that this seeker can't use makes room.
      const [longest] = idle.keys();
      if (longest === undefined) return null;
      longest.close();
    }
    const made = new KeptConnection(seeker, { ...this.#tools, settings: seeker.settings }, this);
    all.add(made);
    made.connect(seeker.target);
    return made;
  }

  #originOf(name: string): Origin {
    const origin = this.#origins.get(name) ?? { all: new Set(), idle: new Map(), waiting: new Set() };
    this.#origins.set(name, origin);
    return origin;
  }

  #forgetIfEmpty(name: string): void {
    const origin = this.#origins.get(name);
    if (origin?.all.size === 0 && origin.waiting.size === 0) this.#origins.delete(name);
  }

  get connections(): KeptConnection[] {
    return [...this.#origins.values()].flatMap(({ all }) => [...all]);
  }

  stats(): [origin: string, OriginStats][] {
    return Array.from(this.#origins, ([name, { all, idle, waiting }]) => {
      return [name, { idle: idle.size, busy: all.size - idle.size, waiting: waiting.size }];
    });
  }

  close(): void {
    for (const connection of this.connections) connection.close();
    this.#origins.clear();
  }
}

/** The connection that was used last is used next, so that the others expire when they are not needed. */
function lastOf(connections: Iterable<KeptConnection>, key: string): KeptConnection | null {
  let last: KeptConnection | null = null;
  for (const connection of connections) if (connection.key === key) last = connection;
  return last;
}

/** Milliseconds by which an idle connection is closed before the server closes it: no request must meet that end. */
const MARGIN = 1000;
