/**
 * Bytes that a reader can verify wherever it starts. Their period is a prime, so no buffer size, chunk size or
 * ring length divides it: a block that is lost, repeated or moved shows as a difference.
 */

const PERIOD = 65521;

/** How long a view of the pattern may be, at any offset, without copying. */
const LONGEST_VIEW = 4 * PERIOD;

const block = makeBlock();

function makeBlock() {
  const bytes = Buffer.alloc(LONGEST_VIEW + PERIOD);
  // xorshift32: looks random, so two different offsets within a period never agree for long.
  let word = 0x9e3779b9;
  for (let at = 0; at < PERIOD; at++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    bytes[at] = word >>> 24;
  }
  for (let copied = PERIOD; copied < bytes.length; copied += PERIOD) bytes.copy(bytes, copied, 0, PERIOD);
  return bytes;
}

/**
 * The byte of the pattern at `offset`.
 * @param {number} offset
 */
export function patternAt(offset) {
  return block.readUInt8(offset % PERIOD);
}

/**
 * The pattern from `offset` on, at most `length` bytes of it and perhaps fewer: a view, not to be written to.
 * @param {number} offset
 * @param {number} length
 * @returns {Buffer}
 */
export function patternView(offset, length) {
  const start = offset % PERIOD;
  return block.subarray(start, start + Math.min(length, LONGEST_VIEW));
}

/**
 * Writes the pattern, as it is from `offset` on, over all of `target`.
 * @template {Uint8Array} T
 * @param {T} target
 * @param {number} [offset]
 * @returns {T}
 */
export function fillPattern(target, offset = 0) {
  for (let at = 0; at < target.length; ) {
    const view = patternView(offset + at, target.length - at);
    target.set(view, at);
    at += view.length;
  }
  return target;
}

/**
 * Throws, saying where, unless `bytes` is the pattern from `offset` on. Shared memory may be looked at too.
 * @param {Uint8Array} bytes
 * @param {number} [offset]
 */
export function checkPattern(bytes, offset = 0) {
  for (let at = 0; at < bytes.length; ) {
    const expected = patternView(offset + at, bytes.length - at);
    const actual = bytes.subarray(at, at + expected.length);
    if (!expected.equals(actual)) throw new Error(describeMismatch(actual, expected, offset + at));
    at += expected.length;
  }
}

/**
 * @param {Uint8Array} actual
 * @param {Uint8Array} expected
 * @param {number} offset
 */
function describeMismatch(actual, expected, offset) {
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  return `byte ${offset + at} is ${actual[at]}, the pattern has ${expected[at]}`;
}
