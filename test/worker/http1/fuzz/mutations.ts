import type { Dice } from './dice.ts';

/** One change of a text of bytes, at a place that is taken at random. */
export function mutate(dice: Dice, text: string, others: readonly string[]): string {
  const at = dice.below(text.length + 1);
  const to = Math.min(text.length, at + 1 + dice.below(dice.pick([1, 4, 20])));
  const part = text.slice(at, to);
  switch (dice.below(10)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + part + text.slice(to);
    case 2:
      return text.slice(0, at) + dice.pick(SNIPPETS) + text.slice(at);
    case 3:
      return text.slice(0, at) + dice.pick(SNIPPETS) + text.slice(to);
    case 4:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 5:
      return text.slice(0, at);
    case 6:
      return text.slice(0, at) + dice.pick(others).slice(dice.below(50));
    case 7:
      return changeLines(dice, text);
    case 8:
      return changeLineEnd(dice, text);
    default:
      return text.slice(0, at) + part.toUpperCase() + text.slice(to);
  }
}

/** A line is lost, comes twice, or changes places with another. */
function changeLines(dice: Dice, text: string): string {
  const lines = text.split(/(?<=\n)/);
  const [line = ''] = lines.splice(dice.below(lines.length), 1);
  for (let times = dice.below(3); times > 0; times--) lines.splice(dice.below(lines.length + 1), 0, line);
  return lines.join('');
}

function changeLineEnd(dice: Dice, text: string): string {
  const ends = [...text.matchAll(/\r?\n/g)];
  const end = ends[dice.below(ends.length)];
  if (end === undefined) return `${text}\r\n`;
  const replacement = dice.pick(['\n', '\r', '', '\r\r\n', '\r\n ', '\r\n\r\n', '\n\r', ' \r\n', ';a\r\n']);
  return text.slice(0, end.index) + replacement + text.slice(end.index + end[0].length);
}

/** What means something somewhere. */
const SNIPPETS = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ':',
    ' ',
    '\t',
    ',',
    ';',
    '0',
    '1',
    'f',
    '-',
    '+',
    '"',
    '\x00',
    '\x7f',
    '\xff',
  ],
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100\r\n\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
  ...[
    'Connection: close\r\n',
    '\r\n ',
    '\n\t',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '1\r\n\r\r\n',
    ';a=b',
    'chunked',
    'A:\r\n',
  ],
];
