import { allocate, copyBytes } from '../copy.ts';
import type { Unread } from '../messages.ts';
import { HEADER_BYTES, HeaderField, RecordType, recordEnd } from './layout.ts';
import type { Memory } from './memory.ts';

/**
 * The work of {@link LogWriter.unread}: a copy of the body bytes that are `unread`, in the records up to `end`. For the
 * writer's thread alone, which has written those.
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

/** That of a BODY record, which lies in one piece. */
function payload(memory: Memory<ArrayBufferLike>, cursor: number, length: number): Uint8Array {
  const at = memory.place(cursor);
  return memory.ring.subarray(at, at + length);
}
