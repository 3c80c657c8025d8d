import { expect, test } from 'vitest';
import { fieldLines, fieldText, linesOf } from '../../src/shared/field-text.ts';

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
