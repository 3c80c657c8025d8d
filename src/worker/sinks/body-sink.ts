/**
 * Where the bytes of a body go: the ring in shared memory, or the memory of a whole request. A sink may also stand
 * before another one, to change a body on its way. Then it counts in bytes that it takes: it has room for one where the
 * other has room for the longest that can be made of it, and never for more bytes than the other, which gets what a
 * valve keeps in reserve. It parks when the other does. It keeps nothing back, as nobody tells it that the body is
 * complete.
 *
 * A {@link Valve} uses it, and inside the valve's calls a wire, on the worker's thread. No method waits. Nothing that
 * was put in is to be seen by its reader before `publish()`.
 */
export interface BodySink {
  /** Bytes that it can take at most. Constant. */
  readonly capacity: number;
  /** Bytes that it can take now, of what costs it nothing but the bytes. Grows by itself, as its reader takes some. */
  free(): number;
  /**
   * Memory for the next bytes of the body, at most `most` of them, perhaps fewer; empty where there is no room. It
   * stays as it is until something is put in. Allocates a view.
   */
  region(most: number): Uint8Array;
  /** The first `count` bytes of the last `region()` are body now. */
  commit(count: number): void;
  /** Copies `bytes[start, end)`. Throws RangeError without room for them: the owner asks `free()` before. */
  body(bytes: Uint8Array, start: number, end: number): void;
  /** Shows its reader everything. False: the reader sleeps on, for it is little; `notify()` when no more comes. */
  publish(): boolean;
  /** Wakes the reader, if it sleeps. */
  notify(): void;
  /** True: more than half is taken, and the owner is woken when it is not, perhaps at once. False: half is free. */
  park(): boolean;
}
