import { setTimeout as wait } from 'node:timers/promises';
import { patternView } from '../../support/pattern.mjs';
import type { Exchange, Site } from './site.ts';

/** What is sent in one write. */
const PIECE = 64 * 1024;
/** Nobody may want more: a client that does not hold the server back ends here. */
const MOST = 600e6;
/** Looks without a byte that could be sent, after which the server counts as held back, and milliseconds between two. */
const LOOKS = 100;
const PAUSE = 20;
/** Milliseconds that the first bytes may take. */
const PATIENCE = 30_000;

/** A response without end, `/endless`, and how much of it the server could send. */
export class EndlessBody {
  /** Bytes that the system has taken from the server. */
  sent = 0;
  closed = false;

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
        next();
      });
    };
    next();
  }

  /**
   * Settles when the server has sent more than `least` and can send no more: with how much it has sent. Looks are
   * counted, not time: if this process stands still, the others may do so too.
   */
  async heldBack(least: number): Promise<number> {
    for (const end = performance.now() + PATIENCE; this.sent <= least; await wait(PAUSE))
      if (performance.now() > end) throw new Error(`only ${this.sent} bytes were sent`);
    let { sent } = this;
    for (let looks = 0; looks < LOOKS; looks++) {
      await wait(PAUSE);
      if (this.sent !== sent) looks = 0;
      ({ sent } = this);
    }
    return sent;
  }
}
