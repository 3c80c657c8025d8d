import { Readable } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { BodyCheck, MIB } from './body.mjs';

const KINDS = ['sword', 'shield', 'potion', 'scroll', 'arrow', 'helmet', 'ring', 'boots'];

/**
 * JSON of exactly `size` bytes, the same in every process.
 * @param {number} size
 */
export function jsonBody(size) {
  const entries = [];
  let seed = 1;
  const next = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 8;
  };
  for (let left = size - 2; left > 0; ) {
    const kind = KINDS[next() % KINDS.length];
    const place = { x: (next() % 100_000) / 100, y: (next() % 100_000) / 100 };
    const entry = JSON.stringify({
      id: next(),
      kind,
      owner: `player-${next() % 5000}`,
      place,
      worn: next() % 2 > 0,
    });
    left -= entry.length + 1;
    if (left >= 0) entries.push(entry);
  }
  return Buffer.from(`[${entries.join(',')}`.padEnd(size - 1).concat(']'));
}

/** One MiB. A longer body is this over and over: no JSON any more, but as hard to unpack. */
const block = jsonBody(MIB);

const zeros = Buffer.alloc(MIB);

/** Brotli's best takes minutes. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/**
 * `size` bytes, packed with one coding after the other. Zeros make a bomb: the thousandth of their size in gzip, the
 * millionth in br or gzip twice.
 * @param {readonly string[]} codings
 * @param {string} what "json" or "zeros"
 * @param {number} size
 */
export async function pack(codings, what, size) {
  /** @type {Iterable<Buffer> | AsyncIterable<Buffer>} */
  let bytes =
    what === 'zeros' ? repeated(zeros, size) : size > MIB ? repeated(block, size) : [jsonBody(size)];
  for (const coding of codings) bytes = packedWith(coding, bytes);
  const parts = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * @param {Buffer} bytes
 * @param {number} size
 */
function* repeated(bytes, size) {
  for (let left = size; left > 0; left -= bytes.length) yield bytes.subarray(0, left);
}

/**
 * @param {string} coding
 * @param {Iterable<Buffer> | AsyncIterable<Buffer>} bytes
 */
async function* packedWith(coding, bytes) {
  const packer = coding === 'br' ? createBrotliCompress(QUICK) : createGzip();
  Readable.from(bytes).pipe(packer);
  yield* packer;
}

/** Checks a JSON body: one byte in 4096, or each, for what is not timed. */
export class JsonCheck extends BodyCheck {
  #body;
  #step;

  /** @param {{ body?: Buffer, exact: boolean }} options `body`: what comes, perhaps over and over */
  constructor({ body = block, exact }) {
    super();
    this.#body = body;
    this.#step = exact ? 1 : 4096;
  }

  /**
   * @override
   * @param {Uint8Array} chunk
   */
  take(chunk) {
    const { length } = this.#body;
    for (let at = 0; at < chunk.length; at += this.#step) {
      if (chunk[at] !== this.#body[(this.received + at) % length]) this.intact = false;
    }
    this.received += chunk.length;
  }
}
