import type { Failure, RequestFate } from '../../shared/failure.ts';

/** How often a request was tried, how far it came, and for how long it waited for connections. */
export class Attempts {
  /** Milliseconds, of the attempts before. */
  #waited = 0;
  /** Since when this one waits; null if it has a connection. */
  #waitsSince: number | null = null;
  #asked = false;
  /** What the attempts before have come to. */
  #earlier: RequestFate = 'unsent';
  /** Over this hop. */
  #repeated = false;

  /** One begins: with waiting for a connection. */
  begin(): void {
    this.#asked = false;
    this.#waitsSince = performance.now();
  }

  connected(): void {
    this.#waited = this.waited;
    this.#waitsSince = null;
  }

  /** The request is about to be written. */
  wasAsked(): void {
    this.#asked = true;
  }

  /** A redirect was the answer. What follows is another request, but the same to the caller. */
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

  /** A connection that was used before will not do any more. */
  get needsFresh(): boolean {
    return this.#repeated;
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** What the request has come to in all, if this attempt has come so far. */
  fate(now: RequestFate | null): RequestFate {
    return further(now ?? 'unsent', this.#earlier);
  }

  /** Milliseconds for which it has waited for connections. */
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
