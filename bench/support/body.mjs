import { BodyCheck, bodyBlock } from '../../examples/demo/body.mjs';

export const MIB = 2 ** 20;

/** One MiB; the bodies of the benches are this over and over, in both directions. */
export const block = bodyBlock();

/**
 * Throws unless exactly `size` bytes came, each of its pages at its place.
 * @param {BodyCheck} check
 * @param {number} size
 */
export function verify(check, size) {
  if (check.received !== size) throw new Error(`${check.received} bytes came, not ${size}`);
  if (!check.intact) throw new Error('the bytes are not those that were sent');
}

/** Looks at every byte: for what is not timed. */
export class ExactCheck extends BodyCheck {
  /**
   * @override
   * @param {Uint8Array} chunk
   */
  take(chunk) {
    for (let at = 0; at < chunk.length; ) {
      const from = (this.received + at) % block.length;
      const part = chunk.subarray(at, at + block.length - from);
      if (block.compare(part, 0, part.length, from, from + part.length) !== 0) this.intact = false;
      at += part.length;
    }
    super.take(chunk);
  }
}

/** @param {number} size */
export function makeBody(size) {
  const body = new Uint8Array(size);
  for (let at = 0; at < size; at += block.length) body.set(block.subarray(0, size - at), at);
  return body;
}

/** Where the server takes a body, and answers with a receipt. */
export const UPLOAD = '/upload';

/**
 * @param {string} receipt
 * @param {number} size
 */
export function expectReceipt(receipt, size) {
  if (receipt !== `${size} intact`) throw new Error(`the server says "${receipt}"`);
}

export { BodyCheck };
