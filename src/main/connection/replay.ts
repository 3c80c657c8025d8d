import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { Ending, HeadFlag, RecordType } from '../../shared/log/layout.ts';
import type { LogReader } from '../../shared/log/reader.ts';
import { streamTruncated, withUnsent } from './failures.ts';
import type { Outgoing } from './outgoing.ts';
import { Response } from './response.ts';
import { isFailure, stickyError } from './statuses.ts';

/**
 * What the log has told so far: each record moves the status.
 *
 *     DISCONNECTED --open()--> RESOLVING -> CONNECTING -> CONNECTED --request()--> REQUESTING -> BODY
 *          ^                       |            |           ^   |                      |          |
 *          |                       +- CANT_... -+           |   +--- CONNECTION_ERROR -+----------+
 *          +--- END, the connection is used up -------------+--- END, it can carry another request
 *
 * It stops where the caller has something to do: at unread body bytes, at CONNECTED, and at the end of a
 * response. So no response is ever skipped over, and a failure is seen after the bytes that came before it.
 */
export abstract class Replay {
  status: Status = Status.DISCONNECTED;
  failure: Failure | null = null;
  readonly response = new Response();
  /** The peer sends nothing more, and can still be sent to. */
  ended = false;
  /** Bytes of the body that the caller has. */
  bodyTaken = 0;
  /** Of a stream: what it has still to send. */
  abstract readonly outgoing: Pick<Outgoing, 'unsent'>;

  /** The connection is no more. */
  protected abstract left(): void;

  /** The code is that of Godot's `poll()`. Null: the log has nothing more, and the caller nothing to do. */
  advance(log: LogReader): ErrorCode | null {
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
          this.response.set(log.a, log.b, log.payload());
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

  #readEnd(log: LogReader): ErrorCode {
    const ending = log.a;
    log.next();
    this.ended = ending === Ending.SENDING;
    if (this.ended) return this.rest();
    const loss = this.loss(true);
    if (loss && ending === Ending.OVER) return this.fail(Status.CONNECTION_ERROR, loss);
    // The server may have closed the connection behind the response, and the log know it already.
    if (ending === Ending.REUSABLE && log.peek() !== RecordType.FAILURE) this.status = Status.CONNECTED;
    else this.end(Status.DISCONNECTED);
    return ErrorCode.OK;
  }

  /** Nothing has come. Where a peer sends nothing more, what there is to wait for is that the rest is sent. */
  rest(): ErrorCode {
    if (this.ended) this.status = this.outgoing.unsent() > 0 ? Status.CONNECTED : Status.DISCONNECTED;
    return ErrorCode.OK;
  }

  fail(status: number, failure: Failure): ErrorCode {
    const waits = this.status === Status.REQUESTING || this.status === Status.BODY;
    const request = waits ? (failure.request ?? 'unsent') : null;
    this.failure = withUnsent({ ...failure, request }, this.outgoing.unsent());
    this.end(isFailure(status) ? status : Status.CONNECTION_ERROR);
    return this.status === Status.TLS_HANDSHAKE_ERROR ? ErrorCode.ERR_CANT_CONNECT : stickyError(this.status);
  }

  end(status: Status): void {
    this.status = status;
    this.ended = false;
    this.left();
  }

  /** The rest of the body, `most` if it is longer or of unknown length. */
  bodyLeft(most: number): number {
    const { chunked, bodyLength } = this.response;
    return chunked || bodyLength < 0 ? most : Math.min(most, bodyLength - this.bodyTaken);
  }

  /** What is lost if the connection ends now. If it has failed, that was told. */
  loss(byPeer = false): Failure | null {
    const unsent = isFailure(this.status) ? 0 : this.outgoing.unsent();
    return unsent > 0 ? streamTruncated(unsent, byPeer) : null;
  }
}

const utf8 = new TextDecoder();
