import type { Failure, RequestFate } from '../../shared/failure.ts';

/** How often a request was tried, how far it came, and for how long it waited for connections. */
export class Attempts {
  /** Milliseconds for which the attempts that have a connection by now had waited for one. */
  #waited = 0;
  /** When the current attempt began to wait for a connection. Null if it has one. */
  #waitsSince: number | null = null;
  /** The current attempt has written its request, or is about to. */
  #asked = false;
  /** How far the furthest of the attempts before this one had come. */
  #earlier: RequestFate = 'unsent';
  /** The request was repeated once after it may have been seen, since the last redirect. */
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

  /** The answer was a redirect. The next attempt sends another request, which is the same one to the caller. */
  wasRedirected(): void {
    this.#earlier = 'answered';
    this.#repeated = false;
  }

  /**
   * Whether the request may be made again, as it was lost with a connection that had carried others (RFC 9110 section
   * 9.2.2): of any method if no byte of it was sent, an idempotent one if there was no answer, but that once only. A
   * time limit is not a loss: the request would have it twice.
   */
  mayRepeat(method: string, { request: fate, code }: Failure): boolean {
    if (fate === 'unsent') return true;
    if (code.endsWith('_TIMEOUT') || fate !== 'unanswered' || this.#repeated || !IDEMPOTENT.has(method))
      return false;
    this.#repeated = true;
    this.#earlier = further('unanswered', this.#earlier);
    return true;
  }

  /** The next attempt must have a new connection: one that has carried a request before may fail again. */
  get needsFresh(): boolean {
    return this.#repeated;
  }

  /** Whether the current attempt has written its request, or is about to. */
  get asked(): boolean {
    return this.#asked;
  }

  /** How far the request has come in all, if the current attempt has come as far as `now`. */
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
