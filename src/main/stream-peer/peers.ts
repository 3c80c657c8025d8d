import type { Offer } from '../connection/attachment.ts';
import type { Connection } from '../connection/connection.ts';
import { ConnectionStream } from './connection-stream.ts';
import { type CallerStream, isRelayed } from './duplex.ts';
import { peerOver, type StreamPeer, sourceOf } from './stream-peer.ts';

/** What a client has as its `connection`: one StreamPeer for each connection. */
export class Peers {
  readonly #connection: Connection;
  #stream: ConnectionStream | null = null;
  #peer: StreamPeer | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Null if there is no connection. The StreamPeer keeps `owner` from being collected. */
  current(owner: object): StreamPeer | null {
    if (!this.#connection.isUp) return null;
    if (this.#peer && this.#stream?.isCurrent) return this.#peer;
    this.#stream = new ConnectionStream(this.#connection);
    this.#peer = peerOver(this.#stream);
    owners.set(this.#peer, owner);
    return this.#peer;
  }
}

/** A connection refers neither to its StreamPeer nor to its client, or neither would ever be collected. */
const owners = new WeakMap<StreamPeer, object>();

/** What another client can take over; null if it was handed over already, is in use, or is gone. */
export function offerOf(peer: StreamPeer): Offer | CallerStream | null {
  const source = sourceOf(peer);
  if (!('stream' in source)) return source.offer();
  return isRelayed(source.stream) ? null : source;
}
