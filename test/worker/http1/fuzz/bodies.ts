import type { Dice } from './dice.ts';
import { makeField, makeFields, makeLineEnd, recase } from './heads.ts';

/** Bodies, with the fields that frame them: soundly, wrongly, twice, or not at all. */

export interface Framed {
  readonly fields: string;
  readonly body: string;
}

export function makeFramed(dice: Dice): Framed {
  if (dice.odd()) return makeContradiction(dice);
  return dice.pick([makeFixed, makeFixed, makeChunked, makeChunked, makeChunked, makeUntilClose])(dice);
}

function makeFixed(dice: Dice): Framed {
  const body = makeData(dice);
  return { fields: lengthField(dice, body.length), body: dice.odd() ? cutOrGrow(dice, body) : body };
}

function makeUntilClose(dice: Dice): Framed {
  const coding = dice.once(3) ? codingField(dice, dice.pick(['gzip', 'identity', 'x', 'gzip, deflate'])) : '';
  return { fields: coding, body: makeData(dice) };
}

function makeChunked(dice: Dice): Framed {
  const coding = dice.choose(['chunked', 'chunked', 'Chunked', 'gzip, chunked'], ODD_CODINGS);
  return { fields: codingField(dice, coding), body: makeChunks(dice) };
}

/** Two fields that say how long the body is, or one that says it in a doubtful way. */
function makeContradiction(dice: Dice): Framed {
  const { fields, body } = dice.pick([makeFixed, makeChunked])(dice);
  const other = dice.pick([
    () => lengthField(dice, body.length),
    () => lengthField(dice, dice.below(10)),
    () => codingField(dice, 'chunked'),
    () => codingField(dice, dice.pick(ODD_CODINGS)),
    () => `Transfer-Encoding:\r\n ${dice.pick(['chunked', 'gzip'])}\r\n`,
    () => `Content-Length:${dice.pick(['\r\n ', ' \n\t', '\r\n \r\n '])}${body.length}\r\n`,
  ])();
  return { fields: dice.pick([fields + other, other + fields, other]), body };
}

function lengthField(dice: Dice, length: number): string {
  const value = dice.odd() ? dice.pick(ODD_LENGTHS).replaceAll('N', String(length)) : String(length);
  return makeField(dice, recase(dice, 'Content-Length'), value);
}

function codingField(dice: Dice, value: string): string {
  return makeField(dice, recase(dice, 'Transfer-Encoding'), value);
}

export function makeChunks(dice: Dice): string {
  const chunks = dice.once(10)
    ? dice.several(5, 40, () => makeChunk(dice, 'x'.repeat(1 + dice.below(3))))
    : dice.several(0, 4, () => makeChunk(dice, makeData(dice) || '!'));
  const last = dice.choose(['0', '0', '000'], ['', '00000000000000000', '0x0', '-0', '1', 'g']);
  const trailers = dice.once(3) ? makeFields(dice) : '';
  return `${chunks}${last}${makeExtension(dice)}${makeChunkEnd(dice)}${trailers}${makeLineEnd(dice)}`;
}

function makeChunk(dice: Dice, data: string): string {
  const size = data.length.toString(16);
  const usual = [size, size, size.toUpperCase(), size.padStart(1 + dice.below(8), '0')];
  const written = dice.choose(usual, [
    ...[
      size.padStart(15 + dice.below(3), '0'),
      `0x${size}`,
      ` ${size}`,
      `+${size}`,
      `${size}_`,
      `${size}g`,
      '',
    ],
    ...[
      (data.length + 1).toString(16),
      'ffffffffffffffff',
      '20000000000000',
      `${size} ${size}`,
      `${size}\x00`,
    ],
  ]);
  return `${written}${makeExtension(dice)}${makeChunkEnd(dice)}${data}${makeChunkEnd(dice)}`;
}

function makeExtension(dice: Dice): string {
  if (dice.odd()) return dice.pick(ODD_EXTENSIONS);
  return dice.once(5)
    ? dice.pick([';a', ';a=b', ';a="b;c"', ';a;b=c', `;${'x'.repeat(dice.below(50) + 1)}`])
    : '';
}

function makeChunkEnd(dice: Dice): string {
  return dice.choose(['\r\n'], ['\n', '\r', '', '\r\r\n', '\r\n\r\n', '\n\r', ' \r\n']);
}

/** Bytes that could be framing as well. */
export function makeData(dice: Dice): string {
  const longest = dice.once(40) ? 5000 : dice.pick([0, 1, 8, 8, 30]);
  if (longest > 1000) return 'abcdefghij\r\n'.repeat(300).slice(0, dice.below(longest));
  return dice.several(0, longest, () =>
    dice.pick(['a', '0', '\r', '\n', ':', String.fromCharCode(dice.below(256))]),
  );
}

function cutOrGrow(dice: Dice, body: string): string {
  return dice.once(2) ? body.slice(0, dice.below(body.length + 1)) : body + makeData(dice);
}

const ODD_CODINGS = [
  ...[
    'chunked, chunked',
    'chunked,chunked,chunked',
    'chunked, gzip',
    'chunked, identity',
    'identity, chunked',
  ],
  ...[
    '',
    ',',
    ', chunked',
    'chunked,',
    'chunked;q=1',
    'chunked ;x',
    'xchunked',
    'chunkedx',
    '"chunked"',
    'chunke',
  ],
  ...[
    'chunked\xa0',
    '\x0bchunked',
    'chun ked',
    'gzip chunked',
    'gzip;chunked',
    'chunked\x00',
    'ch\xfcnked',
    'x,,chunked',
  ],
];
/** N is the length that would be right. */
const ODD_LENGTHS = [
  ...[
    'N, N',
    'N,N,N',
    'N, 0',
    '0N',
    '+N',
    '-N',
    'N.0',
    '0xN',
    'N ',
    '',
    ',',
    'N,',
    ',N',
    'Nx',
    'N N',
    '1e1',
    'N;',
  ],
  ...[
    '18446744073709551616',
    '9007199254740992',
    '9007199254740991',
    '99999999999999999999',
    '\xa0N',
    '"N"',
    'N\x00',
  ],
];
const ODD_EXTENSIONS = [
  ...[' ;a', '\t; a', '; a = "b"', ' ;\ta=b'],
  ...[
    ';',
    ';;a',
    ';=b',
    '; ',
    ' ',
    '  \t',
    ';a=',
    ';a="',
    ';a="b\\"c"',
    ';a="\r\n"',
    ';\x00',
    ';a\x00',
    ';a\x01b',
  ],
  ...[
    ';a\rb',
    ';a\nb',
    ' a',
    ';"a"',
    ';a b',
    ';\xe9',
    ';a=\xe9',
    ';,',
    ';a;',
    ';a;;b',
    ';a=;b',
    '\t;a',
    ';a="b',
    ';[',
    ';a[]',
  ],
  ...[`;${'x'.repeat(4096)}`, `;${'x'.repeat(4088)}`, ' '.repeat(100)],
];
