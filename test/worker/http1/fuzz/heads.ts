import type { Dice } from './dice.ts';

/** Heads and field lines of all kinds. Each character is a byte. */

export function makeStatusLine(dice: Dice, code: string): string {
  const version = dice.choose(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'], ODD_VERSIONS);
  const space = dice.choose([' '], ['  ', '     ', '', '\t', ' \t', '\xa0']);
  const reason = dice.choose([' OK', ' ', '', ' Not Found', ' \xc3\xa9 \t.'], ODD_REASONS);
  return `${version}${space}${dice.odd() ? dice.pick(ODD_CODES) : code}${reason}${makeLineEnd(dice)}`;
}

export function makeCode(dice: Dice): string {
  return dice.once(40)
    ? '101'
    : dice.pick(['200', '200', '200', '200', '204', '206', '304', '404', '500', '999']);
}

/** A whole interim response. */
export function makeInterim(dice: Dice): string {
  const code = dice.choose(['100', '102', '103'], ['101', '199', '110', '150']);
  return `${makeStatusLine(dice, code)}${makeFields(dice)}${makeLineEnd(dice)}`;
}

/** Some field lines that frame nothing. */
export function makeFields(dice: Dice): string {
  return dice.several(0, 3, () => makeField(dice, makeName(dice), makeValue(dice)));
}

export function makeField(dice: Dice, name: string, value: string): string {
  const colon = dice.choose([': ', ': ', ':', ':\t ', ':  '], [' : ', '\t:', '', ' ', '::', ';', ':\x0b']);
  const before = dice.odd() ? dice.pick([' ', '\t', '\r', '\x00', ':']) : '';
  const behind = dice.odd()
    ? dice.pick([',', '\r', '\x0c', '\x00'])
    : dice.once(30)
      ? dice.pick([' ', ' \t'])
      : '';
  return `${before}${name}${colon}${value}${behind}${makeLineEnd(dice)}${dice.odd() ? makeFold(dice) : ''}`;
}

export function makeLineEnd(dice: Dice): string {
  return dice.choose(['\r\n'], ['\n', '\n', '\r', '\r\r\n', '\n\r', '', '\r\n\r\n']);
}

/** A Connection field now and then. */
export function makeConnection(dice: Dice): string {
  if (!dice.once(4)) return '';
  const value = dice.choose(
    ['close', 'keep-alive', 'Close', 'Keep-Alive', 'upgrade', 'keep-alive, x'],
    ['close, keep-alive', 'closed', ', close ,', '"close"', 'x\t,\tclose', 'close;', '', 'keep-alive,close'],
  );
  return makeField(
    dice,
    recase(dice, dice.choose(['Connection'], ['Proxy-Connection', 'Connection\xa0'])),
    value,
  );
}

/** A name in other capitals. */
export function recase(dice: Dice, name: string): string {
  return dice.pick([name, name, name.toLowerCase(), name.toUpperCase()]);
}

function makeName(dice: Dice): string {
  const odd = ['A B', 'A(1)', 'Caf\xe9', '', 'A\x00', 'A\tB', '"A"', 'A\rB', 'Content_Length', 'A@', '\x7f'];
  return dice.choose(['A', 'X-Long-Name', 'Set-Cookie', 'Date', "!#$%&'*+-.^_`|~09", 'Content-Type'], odd);
}

function makeValue(dice: Dice): string {
  const long = 'v'.repeat(dice.below(dice.once(20) ? 300 : 30));
  const usual = [
    '',
    '1',
    'a b',
    'a, b',
    long,
    'text/html; charset="x:y"',
    '\xe9\xff\x80',
    ':',
    'sid=1; Path=/',
  ];
  return dice.choose(usual, [
    'a\x00b',
    'a\x01b',
    'a\x7fb',
    'a\x1bb',
    'a\rb',
    '\x0b',
    ' \t ',
    'a\r\r',
    '\x08',
  ]);
}

function makeFold(dice: Dice): string {
  const blanks = dice.pick([' ', '\t', '  ', ' \t']);
  return `${blanks}${dice.pick(['', 'b', '5', 'chunked', 'A: b', ' '])}${makeLineEnd(dice)}`;
}

const ODD_VERSIONS = [
  ...['HTTP/1.2', 'HTTP/1.9', 'HTTP/2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.', 'HTTP/1', 'HTTP/11', 'HTTP/1.11'],
  ...[
    'http/1.1',
    'ICY',
    'HTTPS/1.1',
    ' HTTP/1.1',
    '\r\nHTTP/1.1',
    '\nHTTP/1.1',
    '\rHTTP/1.1',
    'HTTP /1.1',
    '',
  ],
  ...[
    '\r\n\r\n\r\nHTTP/1.1',
    'RTSP/1.0',
    'HTTP/1,1',
    'XHTTP/1.1',
    '\x00HTTP/1.1',
    `${'\r\n'.repeat(17)}HTTP/1.1`,
  ],
];
const ODD_REASONS = [
  ...[
    '\tOK',
    ' O\x00K',
    ' O\x01K',
    ' OK\x7f',
    ' O\rK',
    ' \x1b[0m',
    'OK',
    ' \x08',
    ':',
    '0',
    ' HTTP/1.1 200 OK',
  ],
  ...[` ${'r'.repeat(200)}`, ' A: b', ' OK\r', ' \x0b\x0c'],
];
const ODD_CODES = [
  '99',
  '099',
  '000',
  '2000',
  '20',
  '2',
  '',
  '+20',
  '-20',
  '2x0',
  '0200',
  '600',
  '1e2',
  '101',
  '100',
];
