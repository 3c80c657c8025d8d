import { createHash } from 'node:crypto';
import { createMemory } from '../../../../src/shared/log/layout.ts';
import { type Checkpoint, type Result, SteppedMemory, type Wait } from './stepped-memory.ts';

/**
 * Runs two programs over one memory in every order in which their steps can follow each other.
 *
 * JavaScript can't stop a function in the middle. So a program that is to take its next step is run again from its
 * beginning, with the results that its steps have had so far, which are all that it knows of the other side; the next
 * step is then taken on the shared memory, and the one behind it ends the run. States that were seen before (the same
 * results on both sides, and the same memory) are not looked at again, so the work grows with the states and not with
 * the orders. Results from before a program's last checkpoint do not count: it has said what it knows.
 *
 * A program is stuck where it sleeps and nobody has woken it, or waits for a message that never comes. Timeouts are
 * left out: a wake that is lost would be hidden behind them.
 */
export interface Program {
  readonly name: string;
  run(memory: SteppedMemory): void;
}

export interface Exploration {
  readonly states: number;
  /** The orders that come to an end; with `sample`, those that were tried. */
  readonly ends: number;
}

interface Side {
  /** Of the steps that it has taken. */
  readonly results: readonly Result[];
  readonly checkpoint: Checkpoint;
  /** What it sleeps on. */
  readonly wait: Wait | null;
  readonly done: boolean;
  /** Was woken, and has not gone on yet. */
  readonly woken: boolean;
}

interface State {
  readonly bytes: Uint8Array;
  readonly messages: readonly (readonly number[])[];
  readonly sides: readonly [Side, Side];
}

const FRESH: Side = {
  results: [],
  checkpoint: { at: 0, summary: [] },
  wait: null,
  done: false,
  woken: false,
};

export class Explorer {
  readonly #programs: readonly [Program, Program];
  readonly #memory: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #seen = new Set<string>();
  #ends = 0;

  constructor(capacity: number, programs: readonly [Program, Program]) {
    this.#programs = programs;
    this.#memory = createMemory(capacity);
    this.#bytes = new Uint8Array(this.#memory);
  }

  get #first(): State {
    return { bytes: new Uint8Array(this.#bytes.length), messages: [[], []], sides: [FRESH, FRESH] };
  }

  /** Every order. Throws for the first that goes wrong, with the steps that led there. */
  all(): Exploration {
    const open: { state: State; path: string }[] = [{ state: this.#first, path: '' }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { state, path } = next;
      const able = this.#able(state, path);
      if (able.length === 0) this.#ends += 1;
      for (const index of able) {
        const then = this.#step(state, index, path);
        const key = keyOf(then);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        open.push({ state: then, path: path + index });
      }
    }
    return { states: this.#seen.size, ends: this.#ends };
  }

  /** `count` orders, drawn by `draw(n)`, which returns an integer below n. */
  sample(count: number, draw: (below: number) => number): Exploration {
    for (let run = 0; run < count; run++) {
      let state = this.#first;
      let path = '';
      for (;;) {
        const able = this.#able(state, path);
        const index = able[draw(able.length)];
        if (index === undefined) break;
        // Sides that take turns step by step are rarely where it goes wrong.
        for (let steps = 1 + draw(6); steps > 0 && this.#able(state, path).includes(index); steps--) {
          state = this.#step(state, index, path);
          path += index;
        }
      }
      this.#ends += 1;
    }
    return { states: 0, ends: this.#ends };
  }

  /** The sides that can take a step. Throws if one is stuck. */
  #able(state: State, path: string): (0 | 1)[] {
    const able = ([0, 1] as const).filter((index) => canGoOn(state, index));
    const stuck = ([0, 1] as const).find((index) => !state.sides[index].done);
    if (able.length > 0 || stuck === undefined) return able;
    const wait = state.sides[stuck].wait;
    throw new Error(`${this.#programs[stuck].name} waits for ever (${JSON.stringify(wait)}) after ${path}`);
  }

  #step(state: State, index: 0 | 1, path: string): State {
    const side = state.sides[index];
    const messages = state.messages.map((list) => [...list]);
    this.#bytes.set(state.bytes);
    const memory = new SteppedMemory(this.#memory, side.results, {
      live: side.woken,
      incoming: messages[index] ?? [],
      outgoing: messages[1 - index] ?? [],
    });
    try {
      memory.play(() => this.#programs[index].run(memory));
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.#programs[index].name}: ${words} after ${path}${index}`, { cause: error });
    }
    const { results, waits: wait, done } = memory;
    const own = { results, checkpoint: memory.lastCheckpoint ?? side.checkpoint, wait, done, woken: false };
    const other = wake(state.sides[1 - index] ?? FRESH, memory.notified);
    return { bytes: this.#bytes.slice(), messages, sides: index === 0 ? [own, other] : [other, own] };
  }
}

function canGoOn({ bytes, sides, messages }: State, index: 0 | 1): boolean {
  const { done, wait, woken } = sides[index];
  if (done) return false;
  if (wait === null || woken) return true;
  if (wait.kind === 'message') return (messages[index] ?? []).length > 0;
  return wait.kind === 'change' && wordsOf(bytes)[wait.word] !== wait.value;
}

/** Who sleeps on a word that was notified has the result of its sleep, and goes on when it is its turn. */
function wake(side: Side, notified: ReadonlySet<number>): Side {
  if (side.wait?.kind !== 'word' || side.woken || !notified.has(side.wait.word)) return side;
  return { ...side, results: [...side.results, false], woken: true };
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** All that what comes next depends on. */
function keyOf({ bytes, messages, sides }: State): string {
  const known = sides.map(({ results, checkpoint, ...rest }) => [
    checkpoint.summary,
    results.slice(checkpoint.at),
    rest,
  ]);
  return createHash('sha1')
    .update(JSON.stringify([messages, known]))
    .update(bytes)
    .digest('base64');
}
