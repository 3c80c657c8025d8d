import { tryAllocate } from '../../shared/copy.ts';
import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Offer } from '../connection/attachment.ts';
import type { Connection } from '../connection/connection.ts';
import { outOfMemory, refusal } from '../connection/failures.ts';
import { readWaiting } from '../connection/read-waiting.ts';
import type { SleepBudget } from '../connection/sleep-budget.ts';
import type { ByteStream } from './stream-peer.ts';

/**
 * A connection that is used as a stream of bytes. Reads come through the log, like a body. Writes go as messages, and
 * the worker counts in shared memory how much of them the system has taken (outgoing.ts). So the caller knows without a
 * message how much is under way: at most a window, and one call.
 *
 * Each direction ends by itself: reading at the FIN of the other side, writing at `shutdown()`.
 */
export class ConnectionStream implements ByteStream {
  readonly #connection: Connection;
  readonly #epoch: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#epoch = connection.epoch;
  }

  /** Whether this is the client's current connection. If not, it is over. */
  get isCurrent(): boolean {
    return this.#connection.epoch === this.#epoch;
  }

  offer(): Offer | null {
    return this.isCurrent ? this.#connection.offer() : null;
  }

  available(): number {
    const connection = this.#asStream(false);
    if (connection?.status === Status.CONNECTED) return connection.bodyBytes(Number.POSITIVE_INFINITY);
    return connection && this.#error(connection) === ErrorCode.ERR_BUSY ? 0 : -1;
  }

  unsent(): number {
    return this.isCurrent ? this.#connection.outgoing.unsent() : 0;
  }

  shutdown(): void {
    const connection = this.#asStream(true);
    if (connection === null || connection.outgoing.shut) return;
    const error = this.#writeError(connection);
    if (error === ErrorCode.OK) connection.outgoing.shutdown();
    else if (error === ErrorCode.ERR_BUSY) {
      connection.failure = refusal(
        'NOT_CONNECTED',
        'shutdown() ends a stream, but a response is under way: call it when the status is CONNECTED.',
      );
    }
  }

  read(count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const connection = this.#asStream(false);
    if (connection === null) return [ErrorCode.FAILED, NOTHING];
    const refused = this.#readError(connection);
    if (refused !== ErrorCode.OK) return [refused, NOTHING];
    if (connection.blocking) return this.#readBlocking(connection, count);
    const available = connection.bodyBytes(count);
    if (available === count) return this.#take(connection, count);
    // After the check for the end the bytes are counted again: some may have arrived before it.
    if (connection.attachment.log?.endsBehindBody()) {
      const [error, data] = this.#take(connection, connection.bodyBytes(count));
      return [error || data.length === count ? error : this.#readError(connection), data];
    }
    const capacity = connection.attachment.link?.memory.capacity ?? 0;
    if (count > capacity / 2 || connection.attachment.log?.full()) {
      const advice = 'Use getPartialData(), or a larger bufferSize.';
      const message = `${count} bytes may never be available at once: bufferSize is ${capacity}. ${advice}`;
      connection.failure = refusal('INVALID_LENGTH', message);
      return [ErrorCode.ERR_INVALID_PARAMETER, NOTHING];
    }
    return [ErrorCode.ERR_BUSY, NOTHING];
  }

  #readBlocking(connection: Connection, count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const [whole, data] = readWaiting(connection, count);
    if (!whole) return [this.#outOfMemory(connection, count), data];
    if (data.length === count) return [ErrorCode.OK, data];
    return [this.#readError(connection) || ErrorCode.ERR_TIMEOUT, data];
  }

  readSome(most: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const connection = this.#asStream(false);
    if (connection === null) return [ErrorCode.FAILED, NOTHING];
    const refused = this.#readError(connection);
    if (refused !== ErrorCode.OK) return [refused, NOTHING];
    return this.#take(connection, connection.bodyBytes(most));
  }

  #take(connection: Connection, count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const data = tryAllocate(count);
    if (data === null) return [this.#outOfMemory(connection, count), NOTHING];
    connection.read(data, null);
    return [ErrorCode.OK, data];
  }

  #outOfMemory(connection: Connection, bytes: number): ErrorCode {
    connection.failure = outOfMemory(bytes);
    return ErrorCode.ERR_OUT_OF_MEMORY;
  }

  write(bytes: Uint8Array): ErrorCode {
    const connection = this.#asStream(true);
    if (connection === null) return ErrorCode.FAILED;
    const budget = connection.sleepBudget();
    for (;;) {
      const error = this.#writeError(connection);
      if (error !== ErrorCode.OK) return error;
      const unsent = connection.outgoing.unsent();
      if (unsent === 0 || unsent + bytes.length <= WINDOW) return this.#send(connection, bytes);
      // The connection is over, which the status shows only after what is left to read. Nothing more is sent.
      if (connection.attachment.log?.isOverBehindBody()) return ErrorCode.FAILED;
      if (!connection.blocking) return ErrorCode.ERR_BUSY;
      if (!this.#sleepUntilSent(connection, budget)) return ErrorCode.ERR_TIMEOUT;
    }
  }

  writeSome(bytes: Uint8Array): [ErrorCode, number] {
    const connection = this.#asStream(true);
    if (connection === null) return [ErrorCode.FAILED, 0];
    const refused = this.#writeError(connection);
    if (refused !== ErrorCode.OK) return [refused, 0];
    const room = WINDOW - connection.outgoing.unsent();
    const count = Math.max(0, Math.min(room, bytes.length));
    const error = count > 0 ? this.#send(connection, bytes.subarray(0, count)) : ErrorCode.OK;
    return [error, error === ErrorCode.OK ? count : 0];
  }

  #send(connection: Connection, bytes: Uint8Array): ErrorCode {
    const copies = connection.attachment.link?.copy(bytes) ?? null;
    if (copies === null) return this.#outOfMemory(connection, bytes.length);
    for (const copy of copies) connection.outgoing.write(copy);
    // There is something to wait for again, and the status must say so.
    if (connection.peerEnded) connection.step();
    return ErrorCode.OK;
  }

  /** Sleeps until the system may have taken more than before. False if the budget is used up. */
  #sleepUntilSent(connection: Connection, budget: SleepBudget): boolean {
    const { sleepableLog: log } = connection.attachment;
    const { sentSeen } = connection.outgoing;
    if (log === null || !budget.spend((milliseconds) => log.waitForSent(sentSeen, milliseconds)))
      return false;
    connection.attachment.lookCloselyNext();
    connection.step();
    return true;
  }

  /** The connection, brought up to date, and turned into a stream if possible. Null if it is over. */
  #asStream(writing: boolean): Connection | null {
    if (!this.isCurrent) return null;
    const connection = this.#connection;
    // When the other side has ended and nothing is left to send, only a writer must know that the connection was lost.
    if (connection.status === Status.CONNECTED || (writing && connection.peerEnded)) {
      connection.beginStream();
      connection.step();
    }
    return connection;
  }

  #readError(connection: Connection): ErrorCode {
    return connection.peerEnded ? ErrorCode.ERR_FILE_EOF : this.#error(connection);
  }

  #writeError(connection: Connection): ErrorCode {
    const error = connection.peerEnded ? ErrorCode.OK : this.#error(connection);
    // This comes first even if the other side has ended.
    const shut = connection.outgoing.shut && (error === ErrorCode.OK || error === ErrorCode.ERR_FILE_EOF);
    if (!shut) return error;
    connection.failure = refusal('STREAM_SHUT_DOWN', 'shutdown() was called: nothing more can be sent.');
    return ErrorCode.ERR_FILE_CANT_WRITE;
  }

  #error({ status, streaming }: Connection): ErrorCode {
    switch (status) {
      case Status.CONNECTED:
        return ErrorCode.OK;
      case Status.REQUESTING:
      case Status.BODY:
        return ErrorCode.ERR_BUSY;
      case Status.DISCONNECTED:
        return streaming ? ErrorCode.ERR_FILE_EOF : ErrorCode.FAILED;
      default:
        return ErrorCode.FAILED;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** The bytes that may be under way to the system. A call that finds none under way may write more. */
const WINDOW = 2 ** 20;
