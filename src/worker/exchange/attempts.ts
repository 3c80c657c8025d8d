import type { Failure, RequestFate } from '../../shared/failure.ts';

/** How often a request was tried, how far it came, and for how long it waited for connections. */
export class Attempts {
  /** Milliseconds that attempts have waited for connections, without the current wait. */
  #waited = 0;
  /** When the current attempt began to wait for a connection. Null if it has one. */
  #waitsSince: number | null = null;
  /** The current attempt has written its request, or is about to. */
  #asked = false;
  /** How far the request has come in earlier attempts: the furthest of them counts. */
  #earlier: RequestFate = 'unsent';
  /** Since the last redirect, the request was repeated after the server may have seen it. */
  #repeated = false;

  /** An attempt begins. It waits for a connection first. */
  begin(): void {
    this.#asked = false;
    this.#waitsSince = performance.now();
  }

  /** The current attempt has a connection. */
  connected(): void {
    this.#waited = this.waited;
    this.#waitsSince = null;
  }

  /** The request is about to be written. */
  wasAsked(): void {
    this.#asked = true;
  }

  /** The answer was a redirect. The next attempt sends another request, but for the caller it is still the same. */
  wasRedirected(): void {
    this.#earlier = 'answered';
    this.#repeated = false;
  }

  /**
   * Whether a request may be repeated that was lost with a connection that had carried others (RFC 9110 section 9.2.2).
   * If no byte of it was sent, any method may be repeated. If there was no answer, only an idempotent method may, and
   * only once. After a time limit nothing is repeated: the request would get that time twice.
   */
  mayRepeat(method: string, { request: fate, code }: Failure): boolean {
    if (fate === 'unsent') return true;
    if (code.endsWith('_TIMEOUT') || fate !== 'unanswered' || this.#repeated || !IDEMPOTENT.has(method))
      return false;
    this.#repeated = true;
    this.#earlier = further('unanswered', this.#earlier);
    return true;
  }

  /** The next attempt must have a new connection, since one that has carried requests before may fail again. */
  get needsFresh(): boolean {
    return this.#repeated;
  }

  /** Whether the current attempt has written its request, or is about to. */
  get asked(): boolean {
    return this.#asked;
  }

  /** How far the request has come over all attempts, if the current one has come as far as `now`. */
  fate(now: RequestFate | null): RequestFate {
    return further(now ?? 'unsent', this.#earlier);
  }

  /** Milliseconds for which all attempts have waited for connections. */
  get waited(): number {
    const now = this.#waitsSince === null ? 0 : performance.now() - this.#waitsSince;
    return this.#waited + now;
  }
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']);

function further(one: RequestFate, other: RequestFate): RequestFate {
  return FATES.indexOf(one) < FATES.indexOf(other) ? other : one;
}

const FATES: readonly RequestFate[] = ['unsent', 'unanswered', 'answered'];
