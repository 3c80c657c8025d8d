/**
 * Figures of speed in the prose of a page: they belong in the parts that are made of the saved run. A unit of time or
 * of speed after a number is one, and so is a comparison with a peer.
 */

const NUMBER = String.raw`\d[\d.,]*(?:\s(?:to|and|or)\s\d[\d.,]*)?`;
const PART = `(?:half|thirds?|quarters?|fifths?|tenths?|twice|times|fold|%|x)`;
const PEER = `(?:undici|fetch|node:http|curl|socket)`;

const FIGURES = [
  new RegExp(String.raw`${NUMBER}\s?(?:[GMK]i?B/s|[GM]bit/s|GB a second|µs|us|ns|ms)(?![\w])`, 'g'),
  new RegExp(String.raw`${NUMBER}\s?(?:MiB|KiB|bytes) a (?:client|request|connection)`, 'g'),
  new RegExp(`${NUMBER} of ${PEER}`, 'g'),
  new RegExp(String.raw`\b${PART}\b[^.|]{0,40}\b${PEER}\b`, 'g'),
  /\b(?:twice|times|thirds?|tenth|half) as (?:fast|long|much|slow)\b[^.|]{0,40}/g,
];

/** Numbers that are no measurements, in the words around them, and what they are instead. */
export const ALLOWED: readonly (readonly [words: string, what: string])[] = [
  ['4 ms of work', 'what a frame of the benches and of the demo does'],
  ['250 ms to 4 s', 'the pause before threads are tried again'],
  ['250 ms (RFC 8305)', 'the pause before the next address of a name'],
  ['has had 250 ms', 'the same'],
  ['100 ms at most', 'a slice of a blocking wait'],
  ['than 100 ms', 'the same'],
  ['at most 100 ms', 'the same'],
  ['2 ms in a turn', 'the time of a turn that the worker may decompress'],
  ['2 ms of a turn', 'the same'],
  ['every 4 ms', 'how often a page without shared memory gets a message'],
  ['more than 4 ms', 'when a frame of a page is late'],
  ['3 ms at most', 'how long the loop of a page reads in a frame'],
  ['3 ms of a frame', 'the same'],
  ['4 MB/s at 60 Hz', 'readChunkSize, 60 times a second'],
  ['250 MB/s', 'bufferSize, 60 times a second'],
  ['50 MB/s', 'what the server of a bench is set to'],
  ['2 Gbit/s', 'what the server of the demo is set to'],
  ['every 0.2 ms', 'how often a bench polls'],
];

/** The figures in `text`, but for those that are allowed. */
export function figuresIn(text: string): string[] {
  const rest = ALLOWED.reduce((left, [words]) => left.replaceAll(spaced(words), ' '), text);
  return FIGURES.flatMap((figure) => Array.from(rest.matchAll(figure), ([found]) => found));
}

/** Whether a phrase is in `text`, however its lines are broken. */
export function has(text: string, words: string): boolean {
  return spaced(words).test(text);
}

function spaced(words: string): RegExp {
  return new RegExp(words.replace(/[.()/]/g, '\\$&').replaceAll(' ', String.raw`\s+`), 'g');
}
