import { copyBytes, tryAllocate } from '../../shared/copy.ts';
import type { Connection } from './connection.ts';

/**
 * Reads up to `count` bytes of the body or the stream, and in blocking mode sleeps for them. Memory grows with what has
 * arrived, never with what was asked for. `whole` is false if there was no memory for more: then `data` is what was
 * read before.
 */
export function readWaiting(
  connection: Connection,
  count: number,
): [whole: boolean, data: Uint8Array<ArrayBuffer>] {
  const budget = connection.sleepBudget();
  let data: Uint8Array<ArrayBuffer> = NOTHING;
  let copied = 0;
  while (copied === data.length && copied < count) {
    const arrived = count <= FIRST ? 0 : copied + connection.bodyBytes(count - copied);
    const larger = grown(data, Math.min(count, Math.max(FIRST, 2 * copied, arrived)));
    if (larger === null) return [false, data];
    data = larger;
    copied += connection.read(copied === 0 ? data : data.subarray(copied), budget);
  }
  return [true, copied === data.length ? data : data.subarray(0, copied)];
}

function grown(data: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> | null {
  const larger = tryAllocate(length);
  if (larger) copyBytes(larger, 0, data);
  return larger;
}

const NOTHING = new Uint8Array(0);

/** Bytes: up to so many are allocated at once. */
const FIRST = 2 ** 20;
