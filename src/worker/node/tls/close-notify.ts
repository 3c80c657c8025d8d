import type { TLSSocket } from 'node:tls';

/**
 * Whether the end of a TLS stream came from the peer (close_notify) or only from the network (a TCP FIN, which anybody
 * on the way can send: RFC 8446 section 6.1, RFC 9112 section 9.8). Node reports both as the same end, but there is a
 * difference: at a FIN, libuv stops reading before it reports the end; at a close_notify it goes on. So at the moment
 * of that report the stream underneath is asked to start reading:
 *
 *     it refuses (EALREADY): it is reading, so this end came out of what it had read     -> the peer's word
 *     it agrees: something has stopped it. A FIN, which it will only find again          -> cut
 *                Or we did, for back-pressure; then it can't have met a FIN (see below)  -> the peer's word
 *
 * This uses a private property of Node: `_handle`, unchanged since Node 0.12. The only other way, to pass everything
 * through a Duplex of our own, costs a fifth of the speed, since Node then has no `onread` for the decrypted bytes. If
 * a future Node has no such property, every end counts as the peer's, and test/worker/node/tls/tls-close.test.ts fails.
 */
export class CloseNotify {
  #cut = false;

  constructor(socket: TLSSocket) {
    const push = socket.push;
    // Node calls this, at once, when the stream is over.
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
  if (!isStream(handle) || !isStream(handle._parent)) return false;
  const under = handle._parent;
  if (handle.reading === true) return under.readStart() === 0;
  return isStream(under._parent) && hasEnded(under, under._parent);
}

/**
 * TLS inside TLS, stopped by us: what the outer one had read may have held its own end. If so it asks nobody to read
 * any more; else it passes the question on to `bottom`, which, asked again, is then reading already.
 */
function hasEnded(outer: NodeStream, bottom: NodeStream): boolean {
  outer.readStart();
  const passedOn = bottom.readStart() !== 0;
  bottom.readStop();
  return !passedOn;
}

interface NodeStream {
  readonly reading?: unknown;
  /** Zero, or libuv's reason why not. */
  readStart(): unknown;
  readStop(): unknown;
  readonly _parent?: unknown;
}

function isStream(value: unknown): value is NodeStream {
  return typeof value === 'object' && value !== null && 'readStart' in value && 'readStop' in value;
}
