import { setTimeout as wait } from 'node:timers/promises';
import { patternView } from '../../support/pattern.mjs';
import type { Exchange, Site } from './site.ts';

/** What is sent in one write. */
const PIECE = 64 * 1024;
/** Nobody may want more: a client that does not hold the server back ends here. */
const MOST = 600e6;
/** Milliseconds without a byte that could be sent, after which the server counts as held back. */
const LONG = 2000;

/** A response without end, `/endless`, and how much of it the server could send. */
export class EndlessBody {
  /** Bytes that the system has taken from the server. */
  sent = 0;
  closed = false;
  #last = performance.now();

  constructor(site: Site) {
    site.routes.endless = (exchange) => this.#answer(exchange);
  }

  #answer({ response }: Exchange): void {
    response.on('close', () => {
      this.closed = true;
    });
    const next = (): void => {
      if (this.closed || this.sent >= MOST) return;
      const piece = patternView(this.sent, PIECE);
      response.write(piece, (error) => {
        if (error) return;
        this.sent += piece.length;
        this.#last = performance.now();
        next();
      });
    };
    next();
  }

  /** Settles when the server can send no more: with how much it has sent. */
  async heldBack(): Promise<number> {
    this.#last = performance.now();
    while (performance.now() - this.#last < LONG) await wait(20);
    return this.sent;
  }
}
