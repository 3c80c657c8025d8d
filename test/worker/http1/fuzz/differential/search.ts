import { makeInput } from '../generate.ts';
import { describeInput, type Input } from '../input.ts';
import { shrink } from '../shrink.ts';
import { findDifferences } from './compare.ts';
import { peerInput } from './outcome.ts';
import type { Difference } from './rules/rule.ts';
import { ruleFor, type Tally } from './tally.ts';

/** One server, and some thousand connections. */
const BATCH = 500;

/**
 * Compares the inputs of `count` seeds from `seed` on; throws with the first unexplained difference, made
 * small.
 */
export async function searchDifferences(seed: number, count: number, tally: Tally): Promise<void> {
  for (let at = seed; at < seed + count; at += BATCH) {
    const inputs = Array.from({ length: Math.min(BATCH, seed + count - at) }, (_, index) =>
      peerInput(makeInput(at + index)),
    );
    const [unexplained] = tally.add(inputs.length, await findDifferences(inputs));
    if (unexplained !== undefined) throw new Error(await report(unexplained));
  }
}

async function report(difference: Difference): Promise<string> {
  const find = async (input: Input) => {
    const found = await findDifferences([peerInput(input)]);
    return found.find((other) => other.peer === difference.peer && ruleFor(other) === undefined);
  };
  const smallest = await shrink(difference.input, async (input) => (await find(input)) !== undefined);
  const { peer, aspect, ours, theirs } = (await find(smallest)) ?? difference;
  return [
    `seed ${difference.input.seed}: ${peer} reads another ${aspect}, and no rule explains it`,
    describeInput(peerInput(smallest)),
    `ours:   ${JSON.stringify(ours)}`,
    `theirs: ${JSON.stringify(theirs)}`,
  ].join('\n');
}
