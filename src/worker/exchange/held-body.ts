import type { Lent } from '../connection/lent.ts';

/** The body of a whole request, which keeps its memory as long as it may have to be sent (again). */
export class HeldBody {
  #pieces: readonly Uint8Array[];
  readonly #lent: Lent;

  constructor(pieces: readonly Uint8Array[], lent: Lent) {
    this.#pieces = pieces;
    this.#lent = lent;
    for (const bytes of pieces) lent.hold(bytes);
  }

  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  release(): void {
    for (const bytes of this.#pieces) this.#lent.release(bytes);
    this.#pieces = [];
  }
}
