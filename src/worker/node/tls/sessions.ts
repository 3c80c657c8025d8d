import type { LRUCache } from 'lru-cache';
import { openCache } from '../lru-cache.ts';

/** A TLS session that a later connection to the same server can resume. */
export interface Session {
  readonly ticket: Buffer;
  /** A ticket of TLS 1.3 is used once: two connections with the same one could be linked (RFC 8446 appendix C.4). */
  readonly once: boolean;
  /** The pins of the full handshake that the session comes from: a resumed handshake has no chain to look at. */
  readonly pins: readonly string[];
  /** `performance.now()` of that handshake. */
  readonly since: number;
}

/**
 * The sessions of a thread. A key says where a connection leads, and contains all of its TLS options. So a session of
 * an unverified connection can never serve a connection that must be verified. Whoever puts a session in has checked
 * its connection first.
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

  /** The newest session. If it may be used only once, it is removed. */
  take(key: string): Session | null {
    const oldest = performance.now() - LIFETIME;
    const [newest = null, ...others] = (this.#byServer.get(key) ?? []).filter(({ since }) => since > oldest);
    const left = newest?.once === false ? [newest] : others;
    if (left.length > 0) this.#byServer.set(key, left);
    else this.#byServer.delete(key);
    return newest;
  }

  /** A handshake failed, or the connection after it. Whatever the reason is, the next handshake is a full one. */
  forget(key: string): void {
    this.#byServer.delete(key);
  }
}

/** Servers give two tickets with each full handshake. More tickets serve more connections at the same moment. */
const TICKETS = 4;

/**
 * Milliseconds. What only a full handshake notices (a certificate that has expired since) is noticed within an hour.
 */
const LIFETIME = 3_600_000;
