import { isArrayBuffer, propertyOf } from '../../shared/kinds.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import { PIECE_BYTES } from '../../shared/pieces.ts';
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
    link.send({ ...message, body: [] });
    return 'whole';
  }
  if (transfer && tryTransfer(link, message, body)) return 'whole';
  const first = link.copyPiece(body, 0);
  if (first === null) return 'not';
  link.send({ ...message, body: [first] }, [first.buffer]);
  for (let at = PIECE_BYTES; at < body.length; at += PIECE_BYTES) {
    const bytes = link.copyPiece(body, at);
    if (bytes === null) return 'partly';
    link.send({ verb: 'body', bytes }, [bytes.buffer]);
  }
  return 'whole';
}

/**
 * False if this memory can't be transferred, because others share it, or because its owner (WebAssembly, Node) forbids
 * it.
 */
function tryTransfer(link: Link, message: Omit<RequestMessage, 'body'>, body: Uint8Array): boolean {
  const { buffer, byteLength } = body;
  if (!isArrayBuffer(buffer) || buffer.byteLength !== byteLength) return false;
  try {
    link.send({ ...message, body: [body] }, [buffer]);
    return true;
  } catch (error) {
    if (propertyOf(error, 'name') === 'DataCloneError') return false;
    throw error;
  }
}
