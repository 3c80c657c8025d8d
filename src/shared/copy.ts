/**
 * Copies of large pieces into and out of shared memory. V8's own (`set`, `slice`, and what Node builds on them) copies
 * shared memory word by word, and byte by byte where the two places differ in their alignment, as they mostly do here:
 * 64 KiB take it 3 us or 25. Node's `fill` is a plain `memcpy`, 1.7 us, on Node 20 to 26. Nobody writes to the bytes
 * meanwhile; that is what the cursors are for. Where there is no `Buffer`, in a browser, `set` has to do.
 */
const node = typeof Buffer === 'undefined' ? null : Buffer;

/**
 * A `Uint8Array<ArrayBuffer>`, in words that TypeScript up to 5.6 knows too: there `Uint8Array` has no argument. For
 * declarations of the public API.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** Puts `source` into `target`, which has room for it, at `offset`. The two do not overlap. */
export function copyBytes(target: Uint8Array, offset: number, source: Uint8Array): void {
  if (node === null || source.length < LARGE) target.set(source, offset);
  else node.prototype.fill.call(target, source, offset, offset + source.length);
}

/** A copy in memory of its own. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = allocate(bytes.length);
  copyBytes(copy, 0, bytes);
  return copy;
}

/** New memory whose content is anything: whoever asks fills it. Zeroing it would cost more than the copy. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return node === null || length < LARGE
    ? new Uint8Array(length)
    : new Uint8Array(node.allocUnsafeSlow(length).buffer);
}

/** Null if there is no memory for so much. Others may ask for any length, or announce it. */
export function tryAllocate(length: number): Uint8Array<ArrayBuffer> | null {
  try {
    return allocate(length);
  } catch {
    return null;
  }
}

/** A copy in memory of its own, null if there is none. */
export function tryCopyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const copy = tryAllocate(bytes.length);
  if (copy) copyBytes(copy, 0, bytes);
  return copy;
}

/** A text as UTF-8, null if there is no memory for it. */
export function tryEncode(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return utf8.encode(text);
  } catch {
    return null;
  }
}

const utf8 = new TextEncoder();

/** Bytes. Below this the call costs more than the copy. */
const LARGE = 256;
