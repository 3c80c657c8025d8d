import { VERSION } from '../../shared/version.ts';
import { sharedByCopies } from '../options/copies.ts';
import type { RequestLinks } from './request-links.ts';
import { HandlerCalls } from './signal.ts';

/** What `tick()` polls. */
export interface Polled {
  /** Whether it is complete and not reported yet. */
  readonly hasNews: boolean;
  /** Tells the handlers what is new since the last time. */
  emit(calls: HandlerCalls): void;
  /** For the registry: its index among the requests under way. */
  index: number;
}

/** The requests of all pools that are under way, or complete and not reported yet. */
export class Registry {
  readonly #links: RequestLinks[] = [];
  readonly #busy: Polled[] = [];
  /** In the order in which they became complete. */
  #complete = new Set<Polled>();
  readonly #calls = new HandlerCalls();
  #emitting = false;
  #ticks = 0;

  /** How often `tick()` has run, without calls from inside handlers. */
  get ticks(): number {
    return this.#ticks;
  }

  begin(links: RequestLinks, request: Polled): void {
    if (!this.#links.includes(links)) this.#links.push(links);
    request.index = this.#busy.length;
    this.#busy.push(request);
  }

  /** The request is not under way any more. */
  end(links: RequestLinks, request: Polled): void {
    const last = this.#busy.pop();
    if (last && last !== request) {
      this.#busy[request.index] = last;
      last.index = request.index;
    }
    this.#dropIfIdle(links);
  }

  /** The next `tick()` has to report it. Until then it is held. */
  hold(request: Polled): void {
    this.#complete.add(request);
  }

  /** There is nothing to report. */
  release(request: Polled): void {
    this.#complete.delete(request);
  }

  tick(): void {
    if (this.#emitting) return;
    this.#emitting = true;
    try {
      this.#drain();
      this.#ticks += 1;
      this.#emitComplete();
      for (let at = this.#busy.length - 1; at >= 0; at--) this.#busy[at]?.emit(this.#calls);
      this.#calls.finish();
    } finally {
      this.#emitting = false;
    }
  }

  #drain(): void {
    for (let at = this.#links.length - 1; at >= 0; at--) {
      const links = this.#links[at];
      links?.drain();
      if (links) this.#dropIfIdle(links);
    }
  }

  #dropIfIdle(links: RequestLinks): void {
    const at = links.idle ? this.#links.indexOf(links) : -1;
    if (at >= 0) this.#links.splice(at, 1);
  }

  /** A request that becomes complete meanwhile is for the next `tick()`. */
  #emitComplete(): void {
    if (this.#complete.size === 0) return;
    const complete = this.#complete;
    this.#complete = new Set();
    for (const request of complete) if (request.hasNews) request.emit(this.#calls);
  }

  /**
   * Does for one request what `tick()` does for all. Inside a handler it leaves exceptions to the `poll()` or `tick()`
   * that called the handler.
   */
  poll(request: Polled): void {
    if (this.#emitting) {
      request.emit(this.#calls);
      return;
    }
    this.#emitting = true;
    try {
      request.emit(this.#calls);
      this.#calls.finish();
    } finally {
      this.#emitting = false;
    }
  }
}

export const registry = sharedByCopies<Registry>(`requests@${VERSION}`).getOrMake(() => new Registry());

/**
 * Polls every busy `HTTPRequest` of every pool: call it once a frame, as Godot's SceneTree does. Signals are emitted
 * here and in `HTTPRequest.poll()`, and nowhere else. It never waits. When nothing happened it takes nanoseconds, and
 * allocates nothing. A call from inside a handler does nothing. After all handlers were called it throws the first
 * exception of one.
 */
export function tick(): void {
  registry.tick();
}
