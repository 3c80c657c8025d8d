import type { TLSSocket } from 'node:tls';

/**
 * Whether the end of a TLS stream was the peer's word (close_notify) or only that of the network (a TCP FIN, which
 * anybody on the way can send: RFC 8446 section 6.1, RFC 9112 section 9.8). Node reports both as the same end, but not
 * from the same place: at a FIN libuv stops reading by itself before it tells, at a close_notify it goes on. So,
 * in the moment in which the end is told, the stream underneath is asked to start reading. One that is reading already
 * refuses (EALREADY), without effect; if it agrees, a FIN has stopped it, and it will only find that FIN again. A
 * stream that was stopped for back-pressure can't have read a FIN. TLS inside TLS passes the question on.
 *
 * This looks at what Node keeps to itself: `_handle`, the same since Node 0.12. The one way without, to pass everything
 * through a Duplex of our own, costs a third of the speed, since Node then has no `onread` for the decrypted bytes.
 * Where a future Node has nothing of that name, an end counts as the peer's word, and test/client/tls-close.test.ts fails.
 */
export class Farewell {
  #cut = false;

  constructor(socket: TLSSocket) {
    const push = socket.push;
    // Where Node says, at once, that the stream is over.
    socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null) this.#cut = metFIN(Reflect.get(socket, '_handle'));
      return push.call(socket, chunk, encoding);
    };
  }

  /** The stream has ended, and the peer did not say so. */
  get cut(): boolean {
    return this.#cut;
  }
}

function metFIN(handle: unknown): boolean {
  if (!isStream(handle) || handle.reading !== true || !isStream(handle._parent)) return false;
  return handle._parent.readStart?.() === 0;
}

interface NodeStream {
  readonly reading?: unknown;
  readonly readStart?: () => unknown;
  readonly _parent?: unknown;
}

function isStream(value: unknown): value is NodeStream {
  return typeof value === 'object' && value !== null && 'readStart' in value;
}
