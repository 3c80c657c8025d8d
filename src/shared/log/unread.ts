import { allocate, copyBytes } from '../copy.ts';
import type { Unread } from '../messages.ts';
import { HEADER_BYTES, HeaderField, RecordType, recordEnd } from './layout.ts';
import type { Memory } from './memory.ts';

/**
 * Does the work of {@link LogWriter.unread}: copies the body bytes that are `unread`, in the records up to `end`. Only
 * for the writer's thread, which has written these records.
 */
export function copyUnread(memory: Memory<ArrayBufferLike>, unread: Unread, end: number): Uint8Array {
  const pieces = [payload(memory, unread.cursor, unread.left)];
  for (let at = unread.next; at !== end; ) {
    const length = memory.getLength(at);
    const type = memory.getHeader(at, HeaderField.TYPE);
    if (type === RecordType.BODY) pieces.push(payload(memory, at + HEADER_BYTES, length));
    at = recordEnd(at, length);
  }
  const copy = allocate(pieces.reduce((total, piece) => total + piece.length, 0));
  let copied = 0;
  for (const piece of pieces) {
    copyBytes(copy, copied, piece);
    copied += piece.length;
  }
  return copy;
}

/** The payload of a BODY record, which lies in one piece. */
function payload(memory: Memory<ArrayBufferLike>, cursor: number, length: number): Uint8Array {
  const at = memory.place(cursor);
  return memory.ring.subarray(at, at + length);
}
