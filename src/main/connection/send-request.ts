import { tryCopyOf } from '../../shared/copy.ts';
import { isArrayBuffer, propertyOf } from '../../shared/kinds.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Link } from './link.ts';

/**
 * Gives a request to the worker. Its body is copied, or transferred if `transfer` is true: either way the worker has
 * memory of its own. A copy is made in pieces, and the worker sends the first while the others are still being copied.
 * If there is no memory for a copy, the request is not sent, or only a part of it.
 */
export function sendRequest(
  link: Link,
  method: string,
  target: string,
  headers: readonly string[],
  body: Uint8Array | null,
  transfer: boolean,
): 'whole' | 'partly' | 'not' {
  if (body === null && link.put(method, target, headers)) return 'whole';
  const bodyLength = body?.length ?? 0;
  const message = { verb: 'request', method, target, headers, bodyLength } as const;
  if (body === null) {
    link.send({ ...message, body: null });
    return 'whole';
  }
  if (transfer && tryTransfer(link, { ...message, body })) return 'whole';
  const first = pieceOf(body, 0);
  if (first === null) return 'not';
  link.send({ ...message, body: first }, [first.buffer]);
  for (let at = PIECE; at < body.length; at += PIECE) {
    const bytes = pieceOf(body, at);
    if (bytes === null) return 'partly';
    link.send({ verb: 'body', bytes }, [bytes.buffer]);
  }
  return 'whole';
}

function pieceOf(body: Uint8Array, start: number): Uint8Array<ArrayBuffer> | null {
  return tryCopyOf(body.subarray(start, start + PIECE));
}

/**
 * False if this memory can't be transferred, because others share it, or because its owner (WebAssembly, Node) forbids
 * it.
 */
function tryTransfer(link: Link, message: RequestMessage & { body: Uint8Array }): boolean {
  const { buffer, byteLength } = message.body;
  if (!isArrayBuffer(buffer) || buffer.byteLength !== byteLength) return false;
  try {
    link.send(message, [buffer]);
    return true;
  } catch (error) {
    if (propertyOf(error, 'name') === 'DataCloneError') return false;
    throw error;
  }
}

/** Bytes: as many as the worker writes at once. */
const PIECE = 2 ** 20;
