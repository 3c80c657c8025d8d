import type { LRUCache } from 'lru-cache';
import { openCache } from '../lru-cache.ts';

/** What a later connection to the same server can begin with. */
export interface Session {
  readonly ticket: Buffer;
  /** A ticket of TLS 1.3 is used once: two connections with the same one could be linked (RFC 8446 appendix C.4). */
  readonly once: boolean;
  /** Those of the handshake that the session comes from: a resumed one has no chain to look at. */
  readonly pins: readonly string[];
  /** `performance.now()` of that handshake. */
  readonly since: number;
}

/**
 * The sessions of a thread. A key says where a connection leads, and everything that a session was checked for: the
 * whole of the options, so that none that was taken unverified can serve where verification is wanted. Whoever puts a
 * session in has checked its connection first.
 */
export class Sessions {
  #cache: LRUCache<string, readonly Session[]> | null = null;

  get #byServer(): LRUCache<string, readonly Session[]> {
    this.#cache ??= openCache({ max: 128, ttl: LIFETIME });
    return this.#cache;
  }

  put(key: string, session: Session): void {
    const others = this.#byServer.get(key) ?? [];
    this.#byServer.set(key, [session, ...(session.once ? others : [])].slice(0, TICKETS));
  }

  /** The newest; those for one use are gone with it. */
  take(key: string): Session | null {
    const oldest = performance.now() - LIFETIME;
    const [newest = null, ...others] = (this.#byServer.get(key) ?? []).filter(({ since }) => since > oldest);
    const left = newest?.once === false ? [newest] : others;
    if (left.length > 0) this.#byServer.set(key, left);
    else this.#byServer.delete(key);
    return newest;
  }

  /** A handshake failed, or the connection behind it: whatever is wrong there, the next one begins afresh. */
  forget(key: string): void {
    this.#byServer.delete(key);
  }
}

/** Servers give two tickets with each full handshake; more would serve more connections at the same moment. */
const TICKETS = 4;

/** Milliseconds. What only a full handshake sees (a certificate that has expired since) is seen within the hour. */
const LIFETIME = 3_600_000;
