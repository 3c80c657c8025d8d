import type { Input } from '../input.ts';
import { compareOutcomes, ourOutcome } from './outcome.ts';
import { PEERS } from './peers.ts';
import type { Difference } from './rules/rule.ts';
import { serve } from './server.ts';

/** Enough that no peer waits for the event loop, and few enough for the limits of systems. */
const AT_ONCE = 32;

/** Asks all peers about all inputs, over real connections; returns how they differ from us. */
export async function findDifferences(inputs: readonly Input[]): Promise<Difference[]> {
  await using server = await serve(inputs.map(({ bytes }) => bytes));
  const differences: Difference[] = [];
  const queue = inputs.entries();
  const work = async () => {
    for (const [index, input] of queue) {
      for (const peer of Object.keys(PEERS)) {
        const difference = await compareWith(peer, server.port, index, input);
        if (difference !== null) differences.push(difference);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return differences;
}

async function compareWith(
  peer: string,
  port: number,
  index: number,
  input: Input,
): Promise<Difference | null> {
  const ask = PEERS[peer];
  if (ask === undefined) throw new Error(`no peer is called ${peer}`);
  const ours = ourOutcome(input);
  const theirs = await ask(port, index, input.request);
  const aspect = compareOutcomes(ours, theirs);
  const text = Buffer.from(input.bytes).toString('latin1');
  return aspect === null ? null : { peer, input, text, ours, theirs, aspect };
}
