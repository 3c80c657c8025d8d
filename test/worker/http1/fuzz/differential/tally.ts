import { RULES } from './rules/index.ts';
import type { Difference, Rule } from './rules/rule.ts';

/** A rule that explains more of all inputs than this is no exception, but hides something. */
const LARGEST_SHARE = 0.05;
/** Of fewer inputs a share says nothing. */
const FEWEST = 500;

/** Counts the inputs that differ, by the rule that explains it. */
export class Tally {
  #inputs = 0;
  readonly #hits = new Map<Rule, number>();

  /** `differences` of that many inputs; returns those that no rule explains. */
  add(inputs: number, differences: readonly Difference[]): Difference[] {
    this.#inputs += inputs;
    const seen = new Map<Rule, Set<number>>();
    const unexplained: Difference[] = [];
    for (const difference of differences) {
      const rule = ruleFor(difference);
      if (rule === undefined) unexplained.push(difference);
      else seen.set(rule, (seen.get(rule) ?? new Set()).add(difference.input.seed));
    }
    for (const [rule, seeds] of seen) this.#hits.set(rule, (this.#hits.get(rule) ?? 0) + seeds.size);
    return unexplained;
  }

  /** Rules that explain too much to be rules. */
  get tooWide(): string[] {
    if (this.#inputs < FEWEST) return [];
    return [...this.#hits]
      .filter(([, hits]) => hits > this.#inputs * LARGEST_SHARE)
      .map(([{ name }]) => name);
  }

  /** One line for each rule: how many inputs it explains, and what share of all. */
  toString(): string {
    const lines = [...this.#hits]
      .sort(([, a], [, b]) => b - a)
      .map(([{ name, rfc, why }, hits]) => {
        const share = ((100 * hits) / this.#inputs).toFixed(2).padStart(5);
        return `${String(hits).padStart(6)} ${share} %  ${name} (${rfc}): ${why}`;
      });
    const title = `${this.#inputs} inputs compared; differences, by the rule that explains them:`;
    const unused = RULES.filter((rule) => !this.#hits.has(rule)).map(({ name }) => name);
    return [title, ...lines, `without any: ${unused.join(', ') || 'no rule'}`].join('\n');
  }
}

export function ruleFor(difference: Difference): Rule | undefined {
  return RULES.find((rule) => rule.explains(difference));
}
