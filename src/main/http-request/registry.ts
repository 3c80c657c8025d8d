import { VERSION } from '../../shared/version.ts';
import { sharedByCopies } from '../options/copies.ts';
import type { RequestLinks } from './request-links.ts';
import { HandlerCalls } from './signal.ts';

/** What `tick()` polls. */
export interface Polled {
  /** Tells the handlers what is new since the last time. */
  emit(calls: HandlerCalls): void;
  /** For the registry: its place among those that are under way. */
  index: number;
}

/** All requests of all pools that are under way, or complete and not told. */
export class Registry {
  readonly #links: RequestLinks[] = [];
  readonly #busy: Polled[] = [];
  /** In the order in which they became complete. */
  #complete: Polled[] = [];
  readonly #calls = new HandlerCalls();
  #ticking = false;

  begin(links: RequestLinks, request: Polled): void {
    if (!this.#links.includes(links)) this.#links.push(links);
    request.index = this.#busy.length;
    this.#busy.push(request);
  }

  /** It is not under way any more. `told`: nobody is to hear of it. */
  end(request: Polled, told: boolean): void {
    const last = this.#busy.pop();
    if (last && last !== request) {
      this.#busy[request.index] = last;
      last.index = request.index;
    }
    if (!told) this.#complete.push(request);
  }

  tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      this.#drain();
      const complete = this.#complete;
      if (complete.length > 0) this.#complete = [];
      for (const request of complete) request.emit(this.#calls);
      for (let at = this.#busy.length - 1; at >= 0; at--) this.#busy[at]?.emit(this.#calls);
    } finally {
      this.#ticking = false;
    }
    this.#calls.finish();
  }

  #drain(): void {
    for (let at = this.#links.length - 1; at >= 0; at--) {
      const links = this.#links[at];
      links?.drain();
      if (links?.idle) this.#links.splice(at, 1);
    }
  }

  /** For one request: what `tick()` would do for it. */
  poll(request: Polled): void {
    request.emit(this.#calls);
    if (!this.#ticking) this.#calls.finish();
  }
}

export const registry = sharedByCopies<Registry>(`requests@${VERSION}`).getOrMake(() => new Registry());

/**
 * Polls every busy `HTTPRequest` of every pool: call it once a frame, as Godot's SceneTree does. Signals are emitted
 * here, and nowhere else but in `HTTPRequest.poll()`. It never waits, and costs nanoseconds when nothing happened. A
 * call from inside a handler does nothing. Throws what the first handler has thrown, when all were called.
 */
export function tick(): void {
  registry.tick();
}
