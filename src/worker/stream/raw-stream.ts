import { ConnectionError } from '../connection/connection-error.ts';
import type { Line } from '../connection/network.ts';
import type { Pace } from '../connection/transport.ts';
import { TransportProtocol, type TransportTools } from '../connection/transport-protocol.ts';
import type { BodySink } from '../sinks/body-sink.ts';
import type { Wire } from '../valve/wire.ts';

export interface RawStreamTools extends TransportTools {
  readonly sink: BodySink;
}

/** What follows a 101, or a 2xx to a CONNECT: bytes both ways, whose meaning only the caller knows. */
export class RawStream extends TransportProtocol implements Wire {
  readonly #sink: BodySink;
  readonly fate = null;
  readonly sent = true;
  readonly answering = false;
  readonly active = true;
  readonly keptBytes = 0;

  constructor(tools: RawStreamTools) {
    super(tools);
    this.#sink = tools.sink;
  }

  /**
   * Goes on with a transport that another protocol has released. `unread`: bytes that the other has read and not used.
   */
  takeOver(line: Line, unread: readonly Uint8Array[]): void {
    this.open(line);
    this.valve.open(this);
    this.valve.hold(unread);
    line.transport.handTo(this);
    if (this.valve.release()) line.transport.resume();
  }

  /** Never called: the caller's side refuses requests on a stream. */
  request(): void {}

  addBody(bytes: Uint8Array): void {
    this.lent.giveBack(bytes);
  }

  read(count: number, buffer: Uint8Array): Pace {
    return this.valve.read(count, buffer);
  }

  /**
   * Nothing is read straight into the sink. Node asks in advance where the next read goes, and when the read comes, the
   * connection may have been given to another client with another sink.
   */
  directBytes(): number {
    return 0;
  }

  passed(): void {}

  take(bytes: Uint8Array, count: number): number {
    this.#sink.body(bytes, 0, count);
    return count;
  }

  /** After the peer's end we may still send, if the stream allows it. The caller knows which bytes were lost. */
  protected peerEnded(cut: boolean): void {
    if (cut) this.owner.failed(new ConnectionError('TRUNCATED_BODY', CUT));
    else this.owner.happened(this.line?.transport.outlivesReading ? 'peerEnded' : 'streamEnded');
  }
}

const CUT = 'it ended without the close_notify that ends TLS, so bytes may be missing';
