import { Random } from '../random.ts';

/**
 * Random choices, a few of them odd. How many is decided once: so a third of all inputs are sound, most have
 * an oddity or two, which is looked at because all else is in order, and some are odd all over.
 */
export class Dice extends Random {
  readonly #oddPerMille: number;

  constructor(seed: number) {
    super(seed);
    this.#oddPerMille = this.pick([0, 0, 20, 40, 80, 300]);
  }

  odd(): boolean {
    return this.below(1000) < this.#oddPerMille;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the odd choices now and then, else one of the usual. */
  choose(usual: readonly string[], odd: readonly string[]): string {
    return this.pick(this.odd() ? odd : usual);
  }

  /** What `make` makes, `least` to `most` times. */
  several(least: number, most: number, make: () => string): string {
    let text = '';
    for (let count = least + this.below(most - least + 1); count > 0; count--) text += make();
    return text;
  }
}
