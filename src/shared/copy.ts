/**
 * Copies large pieces into and out of shared memory. V8's own copy (`set`, `slice`, and what Node builds on them)
 * copies shared memory word by word, or byte by byte if the two places differ in alignment, as they mostly do here. For
 * 64 KiB that takes 3 us or 25 us. Node's `fill` is a plain `memcpy` on Node 20 to 26, and takes 1.7 us. The cursors
 * make sure that nobody writes to the bytes meanwhile. Without `Buffer`, in a browser, `set` has to do.
 */
const node = typeof Buffer === 'undefined' ? null : Buffer;

/**
 * A `Uint8Array<ArrayBuffer>`, for declarations of the public API. It is written in a way that TypeScript up to 5.6
 * understands, where `Uint8Array` takes no type argument.
 */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** Copies `source` into `target` at `offset`. `target` must have room for it, and the two must not overlap. */
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

/** New memory with undefined content, which the caller has to fill. Zeroing it would cost more than the copy. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return node === null || length < LARGE
    ? new Uint8Array(length)
    : new Uint8Array(node.allocUnsafeSlow(length).buffer);
}

/** Null if there is not enough memory. The length may come from a peer or a program, and be anything. */
export function tryAllocate(length: number): Uint8Array<ArrayBuffer> | null {
  try {
    return allocate(length);
  } catch {
    return null;
  }
}

/** A copy in memory of its own. Null if there is not enough memory. */
export function tryCopyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const copy = tryAllocate(bytes.length);
  if (copy) copyBytes(copy, 0, bytes);
  return copy;
}

/** A text as UTF-8. Null if there is not enough memory. */
export function tryEncode(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return utf8.encode(text);
  } catch {
    return null;
  }
}

const utf8 = new TextEncoder();

/** Bytes. For fewer, the call of `fill` costs more than the copy. */
const LARGE = 256;
