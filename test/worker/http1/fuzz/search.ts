import { DEFAULT_REQUEST } from '../notation.ts';
import { replay } from '../replay.ts';
import { bounded } from './bounded.ts';
import { makeInput } from './generate.ts';
import { describeInput, type Input } from './input.ts';
import { findProblem } from './properties.ts';
import { shrink } from './shrink.ts';

/** Checks the inputs of `count` seeds from `seed` on; throws with the first that fails, made small. */
export async function searchProperties(seed: number, count: number): Promise<void> {
  let current = seed;
  try {
    bounded(() => {
      for (; current < seed + count; current++) {
        const problem = findProblem(makeInput(current));
        if (problem !== null) throw new Error(problem);
      }
    });
  } catch (error) {
    throw new Error(await report(makeInput(current), error instanceof Error ? error.message : String(error)));
  }
}

async function report(input: Input, problem: string): Promise<string> {
  const smallest = await shrink(input, (candidate) => problemOf(candidate) !== null);
  return [
    `seed ${input.seed}: ${problem}`,
    `smallest: ${problemOf(smallest)}`,
    describeInput(smallest),
    `\`\`\`events\n${eventsOf(smallest)}\n\`\`\``,
  ].join('\n');
}

/** Soon enough for an input that hangs to be made small. */
const SOON = 1000;

function problemOf(input: Input): string | null {
  let problem: string | null = null;
  try {
    bounded(() => {
      problem = findProblem(input);
    }, SOON);
  } catch (error) {
    problem = String(error);
  }
  return problem;
}

function eventsOf({ request, bytes }: Input): string {
  let events = '';
  try {
    bounded(() => {
      events = replay({ ...DEFAULT_REQUEST, ...request }, [bytes], 'fed');
    }, SOON);
  } catch (error) {
    events = String(error);
  }
  return events;
}
