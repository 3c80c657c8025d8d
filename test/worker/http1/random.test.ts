import { expect, test } from 'vitest';
import { ResponseParser } from '../../../src/worker/http1/parser/response-parser.ts';
import { DEFAULT_REQUEST, escapeBytes, unescapeBytes } from './notation.ts';
import { Random } from './random.ts';
import { Recorder } from './recorder.ts';
import { deliver } from './replay.ts';

/**
 * Many responses on one connection, cut anywhere, read in either way from one piece to the next. What must come out
 * is known from how they were made, not from another run of the parser. To repeat a failure: HTTP_SEED=n.
 */
const { HTTP_SEED } = process.env;
const SEEDS = HTTP_SEED ? [Number(HTTP_SEED)] : range(1, 100);
const RESPONSES = 20;

test.each(SEEDS)('responses on one connection, seed %i', (seed) => {
  const random = new Random(seed);
  const exchanges = range(1, RESPONSES).map(() => makeExchange(random));
  const wire = unescapeBytes(exchanges.map(({ bytes }) => bytes).join(''));

  const recorder = new Recorder();
  const parser = new ResponseParser(recorder, DEFAULT_REQUEST);
  const methods = exchanges.map(({ method }) => method);
  const startNext = () => {
    const method = methods.shift();
    if (method !== undefined) parser.start(method, false);
  };
  recorder.onEnded = startNext;
  startNext();

  const longest = random.pick([2, 20, 200, 2000]);
  for (let at = 0; at < wire.length; ) {
    const piece = wire.slice(at, at + 1 + random.below(longest));
    const left = deliver(parser, recorder, piece, random.pick(['fed', 'direct']));
    expect(left.length, `HTTP_SEED=${seed}`).toBe(0);
    at += piece.length;
  }
  expect(recorder.text(), `HTTP_SEED=${seed}`).toBe(exchanges.map(({ events }) => events).join('\n'));
  expect(parser.active, `HTTP_SEED=${seed}`).toBe(false);
});

interface Exchange {
  readonly method: string;
  readonly bytes: string;
  readonly events: string;
}

/** A request's method and a response to it, in the notation of the cases. */
function makeExchange(random: Random): Exchange {
  const method = random.pick(['GET', 'GET', 'POST', 'HEAD']);
  const interim = random.pick([
    '',
    '',
    'HTTP/1.1 100 Continue\\r\\n\\r\\n',
    'HTTP/1.1 103\\r\\nLink: x\\r\\n\\r\\n',
  ]);
  const status = random.pick([200, 200, 404, 204, 304]);
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const body = random.pick([makeFixedBody, makeChunkedBody])(random);

  const fields = [...makeFields(random), body.field, ...makeFields(random)];
  const head = fields.map(
    ([name, value]) => `${name}:${makeBlank(random)}${value}${makeBlank(random)}\\r\\n`,
  );
  const hasBody = !bodiless && !body.empty;
  return {
    method,
    bytes: `${interim}HTTP/1.1 ${status} R\\r\\n${head.join('')}\\r\\n${bodiless ? '' : body.bytes}`,
    events: [
      `head ${status} HTTP/1.1 ${body.words} ${hasBody ? 'body' : 'no-body'} keep-alive`,
      ...fields.map(fieldLine),
      ...(bodiless ? [] : body.events),
      'end',
    ].join('\n'),
  };
}

interface Body {
  readonly field: readonly [string, string];
  readonly words: string;
  readonly bytes: string;
  readonly events: readonly string[];
  readonly empty: boolean;
}

function makeFixedBody(random: Random): Body {
  const { text, length } = makeBytes(random, random.pick([0, 1, 10, 1000]));
  return {
    field: ['Content-Length', String(length)],
    words: `length=${length}`,
    bytes: text,
    events: length > 0 ? [`body "${text}"`] : [],
    empty: length === 0,
  };
}

function makeChunkedBody(random: Random): Body {
  const chunks = range(1, random.below(6)).map(() => makeBytes(random, random.pick([1, 3, 30, 300])));
  const data = chunks.filter(({ length }) => length > 0);
  const framed = data.map(({ text, length }) => {
    const size = length.toString(16).padStart(1 + random.below(5), '0');
    return `${size}${random.pick(['', ';ext', ' ; a="b;c"'])}\\r\\n${text}\\r\\n`;
  });
  const trailers = makeFields(random);
  return {
    field: ['Transfer-Encoding', 'chunked'],
    words: 'chunked',
    bytes: `${framed.join('')}0\\r\\n${trailers.map((field) => `${field.join(':')}\\r\\n`).join('')}\\r\\n`,
    events: [
      ...(data.length > 0 ? [`body "${data.map(({ text }) => text).join('')}"`] : []),
      ...(trailers.length > 0 ? ['trailers', ...trailers.map(fieldLine)] : []),
    ],
    empty: false,
  };
}

function makeFields(random: Random): (readonly [string, string])[] {
  return range(1, random.below(4)).map((index) => [`X-${index}`, 'v'.repeat(random.below(40))] as const);
}

function fieldLine([name, value]: readonly [string, string]): string {
  return value === '' ? `  ${name}:` : `  ${name}: ${value}`;
}

function makeBlank(random: Random): string {
  return random.pick(['', ' ', '  ', ' \\t']);
}

/** Line ends and zeros are frequent among them, to be mistaken for framing. */
function makeBytes(random: Random, longest: number): { text: string; length: number } {
  const bytes = range(0, random.below(longest + 1) - 1).map(() =>
    random.pick([0x0a, 0x0d, 0x30, random.below(256)]),
  );
  return { text: escapeBytes(Uint8Array.from(bytes)), length: bytes.length };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
