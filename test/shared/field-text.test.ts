import { expect, test } from 'vitest';
import { copyOfFields, fieldLines, fieldText, latin1, linesOf } from '../../src/shared/field-text.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

test.each([
  ['nothing', '', []],
  ['ASCII', 'A: 1\nB: \n', ['A: 1', 'B: ']],
  ['UTF-8', 'A: gr\xc3\xbc\xc3\x9fe\n', ['A: grüße']],
  ['Latin-1, in a line beside UTF-8', 'A: gr\xc3\xbc\nB: caf\xe9\nC: 1\n', ['A: grü', 'B: café', 'C: 1']],
  ['a U+FFFD of the server', 'A: \xef\xbf\xbd\nB: \xff\n', ['A: \ufffd', 'B: \xff']],
  ['a UTF-8 sequence that the end of the line cuts', 'A: \xc3\nB: \xbc\n', ['A: \xc3', 'B: \xbc']],
])('lines lose no byte: %s', (_what, given, lines) => {
  expect(fieldLines(bytes(given))).toEqual(lines);
  expect(linesOf(fieldText(bytes(given)))).toEqual(lines);
});

test.each([0, 1, 4095, 4096, 4097, 100_000])('%i bytes are as many characters of Latin-1', (length) => {
  const given = Uint8Array.from({ length }, (_none, at) => (at * 7) % 256);
  expect(latin1(given)).toBe(Buffer.from(given).toString('latin1'));
});

test('a copy of fields has memory of its own, and no CR', () => {
  const given = bytes('A: 1\r\nB: caf\xe9\nC: \r\n');
  const copy = copyOfFields(given);
  given.fill(0);
  expect(latin1(copy)).toBe('A: 1\nB: caf\xe9\nC: \n');
  expect(copy.buffer.byteLength).toBe(copy.length);
  expect(copyOfFields(bytes(''))).toHaveLength(0);
});
