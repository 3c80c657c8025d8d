import { expect, test } from 'vitest';
import { LastWords } from '../../src/shared/last-words.ts';

test('what a thread has said, others read in the same memory; its first words stay', () => {
  const caller = new LastWords();
  const worker = new LastWords(caller.shared);
  expect(caller.of(7)).toBeNull();
  worker.speak(7, 'grüße');
  worker.speak(7, 'it exited with code 1');
  worker.speak(8, '');
  expect([caller.of(7), caller.of(8), caller.of(9)]).toEqual(['grüße', '', null]);
});

test('a long text is cut behind a character', () => {
  const words = new LastWords();
  words.speak(1, 'aü'.repeat(100_000));
  const cut = words.of(1);
  expect(cut).toMatch(/^(?:aü)+a?$/);
  words.speak(2, 'the next slot');
  expect([words.of(1), words.of(2)]).toEqual([cut, 'the next slot']);
});

test('as many threads are remembered as a pool can have, the last ones', () => {
  const words = new LastWords();
  for (let id = 1; id <= 200; id++) words.speak(id, `${id}`);
  expect(words.of(136)).toBeNull();
  for (let id = 137; id <= 200; id++) expect(words.of(id)).toBe(`${id}`);
});
