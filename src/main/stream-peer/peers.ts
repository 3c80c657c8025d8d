import type { Offer } from '../connection/attachment.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionStream } from './connection-stream.ts';
import { type CallerStream, isRelayed } from './duplex.ts';
import { peerOver, type StreamPeer, sourceOf } from './stream-peer.ts';

/** What a client shows as its `connection`: one peer for each connection that it has. */
export class Peers {
  readonly #connection: Connection;
  #stream: ConnectionStream | null = null;
  #peer: StreamPeer | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Null where there is no connection. The peer keeps `owner` from being collected. */
  current(owner: object): StreamPeer | null {
    if (!this.#connection.isUp) return null;
    if (this.#peer && this.#stream?.isCurrent) return this.#peer;
    this.#stream = new ConnectionStream(this.#connection);
    this.#peer = peerOver(this.#stream);
    owners.set(this.#peer, owner);
    return this.#peer;
  }
}

/** A connection holds neither the peer nor its client: else none of them would ever be collected. */
const owners = new WeakMap<StreamPeer, object>();

/** What another client can take over; null if it was given away, is in use, or is gone. */
export function offerOf(peer: StreamPeer): Offer | CallerStream | null {
  const source = sourceOf(peer);
  if (!('stream' in source)) return source.offer();
  return isRelayed(source.stream) ? null : source;
}
