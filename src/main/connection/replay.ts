import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { Ending, HeadFlag, RecordType } from '../../shared/log/layout.ts';
import type { LogReader } from '../../shared/log/reader.ts';
import { streamTruncated, withUnsent } from './failures.ts';
import type { Outgoing } from './outgoing.ts';
import { Response } from './response.ts';
import { isFailed, stickyError } from './statuses.ts';

/**
 * What the log has said so far: each record moves the status.
 *
 *     DISCONNECTED --open()--> RESOLVING -> CONNECTING -> CONNECTED --request()--> REQUESTING -> BODY
 *          ^                       |            |           ^   |                      |          |
 *          |                       +- CANT_... -+           |   +--- CONNECTION_ERROR -+----------+
 *          +--- END, the connection is used up -------------+--- END, it can carry another request
 *
 * It stops where the caller has something to do: at unread body bytes, at CONNECTED, and at the end of a response. So
 * no response is ever skipped over, and a failure is seen after the bytes that came before it.
 */
export abstract class Replay {
  status: Status = Status.DISCONNECTED;
  failure: Failure | null = null;
  readonly response = new Response();
  /** The peer sends nothing more, but can still receive. */
  peerEnded = false;
  /** Bytes of the body that the caller has taken. */
  bodyTaken = 0;
  /** What a stream has still to send. */
  abstract readonly outgoing: Pick<Outgoing, 'unsent'>;

  /** The connection is over. */
  protected abstract onEnd(): void;

  /**
   * Replays what the log has. Returns the code for Godot's `poll()`; null if the log has nothing more, and the caller
   * nothing to do.
   */
  advance(log: LogReader<ArrayBufferLike>): ErrorCode | null {
    for (;;) {
      switch (log.peek()) {
        case RecordType.BODY:
          return ErrorCode.OK;
        case RecordType.STATUS:
          this.status = log.a === Status.CONNECTED ? Status.CONNECTED : Status.CONNECTING;
          log.next();
          if (this.status === Status.CONNECTED) return ErrorCode.OK;
          break;
        case RecordType.HEAD:
          this.response.set(log);
          this.status = log.b & HeadFlag.HAS_BODY ? Status.BODY : Status.REQUESTING;
          this.bodyTaken = 0;
          log.next();
          break;
        case RecordType.TRAILERS:
          this.response.setTrailers(log.payload());
          log.next();
          break;
        case RecordType.END:
          return this.#readEnd(log);
        case RecordType.FAILURE: {
          const failure: Failure = JSON.parse(utf8.decode(log.payload()));
          const status = log.a;
          log.next();
          return this.fail(status, failure);
        }
        default:
          return null;
      }
    }
  }

  #readEnd(log: LogReader<ArrayBufferLike>): ErrorCode {
    const ending = log.a;
    log.next();
    this.peerEnded = ending === Ending.SENDING;
    if (this.peerEnded) return this.updateAfterPeerEnd();
    const loss = this.loss(true);
    if (loss && ending === Ending.OVER) return this.fail(Status.CONNECTION_ERROR, loss);
    // The server may have closed the connection after the response, and the log may say so already.
    if (ending === Ending.REUSABLE && log.peek() !== RecordType.FAILURE) this.status = Status.CONNECTED;
    else this.end(Status.DISCONNECTED);
    return ErrorCode.OK;
  }

  /**
   * Nothing has arrived. After the peer's end there is only the rest to send: CONNECTED until the system has taken it,
   * then DISCONNECTED.
   */
  updateAfterPeerEnd(): ErrorCode {
    if (this.peerEnded) this.status = this.outgoing.unsent() > 0 ? Status.CONNECTED : Status.DISCONNECTED;
    return ErrorCode.OK;
  }

  fail(status: number, failure: Failure): ErrorCode {
    const waits = this.status === Status.REQUESTING || this.status === Status.BODY;
    const request = waits ? (failure.request ?? 'unsent') : null;
    this.failure = withUnsent({ ...failure, request }, this.outgoing.unsent());
    this.end(isFailed(status) ? status : Status.CONNECTION_ERROR);
    return this.status === Status.TLS_HANDSHAKE_ERROR ? ErrorCode.ERR_CANT_CONNECT : stickyError(this.status);
  }

  end(status: Status): void {
    this.status = status;
    this.peerEnded = false;
    this.onEnd();
  }

  /** The length of the rest of the body; `most` if it is longer or unknown. */
  bodyLeft(most: number): number {
    const { chunked, bodyLength } = this.response;
    return chunked || bodyLength < 0 ? most : Math.min(most, bodyLength - this.bodyTaken);
  }

  /**
   * What is lost if the connection ends now; null if nothing is. A connection that has failed has reported it already.
   */
  loss(byPeer = false): Failure | null {
    const unsent = isFailed(this.status) ? 0 : this.outgoing.unsent();
    return unsent > 0 ? streamTruncated(unsent, byPeer) : null;
  }
}

const utf8 = new TextDecoder();
