import { type Case, DEFAULT_REQUEST, type Request, readChapters } from '../notation.ts';
import { makeChunks, makeData, makeFramed } from './bodies.ts';
import { Dice } from './dice.ts';
import { makeCode, makeConnection, makeFields, makeInterim, makeLineEnd, makeStatusLine } from './heads.ts';
import type { Input } from './input.ts';
import { mutate } from './mutations.ts';

/**
 * Inputs from seeds. Most are made by a grammar that knows what a response is and where it may be wrong, the
 * others are the cases of `cases/*.md`, changed a little. So a seed makes another input when there are other cases.
 *
 * The generator is our own. fast-check would add shrinking, but for bytes that is the forty lines of
 * shrink.ts, which work for changed cases as well; and a generator that shrinks is slower, while a million
 * inputs are to take minutes.
 */
export function makeInput(seed: number): Input {
  const dice = new Dice(seed);
  const { request, text } = dice.once(3) ? makeMutant(dice) : makeResponse(dice);
  return { seed, request, bytes: Uint8Array.from(Buffer.from(text, 'latin1')) };
}

interface Made {
  readonly request: Request;
  readonly text: string;
}

function makeResponse(dice: Dice): Made {
  const { fields, body } = makeFramed(dice);
  const framing = [makeFields(dice), fields, makeConnection(dice), makeFields(dice)].join('');
  const head = `${makeStatusLine(dice, makeCode(dice))}${framing}${makeLineEnd(dice)}`;
  const interims = dice.once(10) ? dice.several(1, 3, () => makeInterim(dice)) : '';
  const whole = `${interims}${head}${body}${dice.once(6) ? makeRest(dice) : ''}`;
  const text = dice.odd() ? mutate(dice, whole, CORPUS_TEXTS) : whole;
  return { request: makeRequest(dice, DEFAULT_REQUEST), text: dice.once(12) ? cut(dice, text) : text };
}

/** What comes behind a response: another one, say. */
function makeRest(dice: Dice): string {
  return dice.pick([
    () => `${makeStatusLine(dice, '200')}${makeFields(dice)}\r\n`,
    () => makeChunks(dice),
    () => `${makeData(dice)}\r\n`,
  ])();
}

function makeMutant(dice: Dice): Made {
  const { request, text } = dice.pick(CORPUS);
  let mutant = text;
  for (let changes = 1 + dice.below(3); changes > 0; changes--) mutant = mutate(dice, mutant, CORPUS_TEXTS);
  return { request: dice.once(4) ? makeRequest(dice, request) : request, text: mutant };
}

function makeRequest(dice: Dice, usual: Request): Request {
  return {
    ...usual,
    method: dice.once(30) ? 'CONNECT' : dice.pick(['GET', 'GET', 'GET', 'GET', 'POST', 'HEAD']),
    upgrade: dice.once(10),
    close: dice.once(2),
    ...(dice.once(6) ? { maxHeadSize: dice.pick([16, 40, 64, 100, 200, 1000]) } : {}),
    ...(dice.once(12) ? { maxHeadFields: dice.pick([0, 1, 2, 3, 10]) } : {}),
  };
}

function cut(dice: Dice, text: string): string {
  return text.slice(0, dice.below(text.length + 1));
}

/** Long ones only cost time: what they are about is tested as they are. */
const CORPUS = readChapters(new URL('../cases/', import.meta.url))
  .flatMap(({ cases }) => cases)
  .filter(({ bytes }) => bytes.length <= 2000)
  .map(({ request, bytes }: Case) => ({ request, text: Buffer.from(bytes).toString('latin1') }));
const CORPUS_TEXTS = CORPUS.map(({ text }) => text);
