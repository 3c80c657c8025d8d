import { tryAllocate, tryCopyOf } from '../shared/copy.ts';
import { Status } from '../shared/enums.ts';
import { ErrorCode } from '../shared/error-code.ts';
import type { Offer } from './attachment.ts';
import type { Connection } from './connection.ts';
import { outOfMemory, refusal } from './failures.ts';
import { readWaiting } from './read-waiting.ts';
import type { ByteStream } from './stream-peer.ts';

/**
 * A connection, used as a stream of bytes. They come through the log, as those of a body do; what is written
 * goes as messages, and
 * the worker counts in shared memory what the system has taken of it. So no more than a window, and one call, is ever
 * under way, and the caller need not be told.
 */
export class ConnectionStream implements ByteStream {
  #connection: Connection | null;
  #started = false;
  #written = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  offer(): Offer | null {
    return this.#connection?.offer() ?? null;
  }

  /** The worker was told, and speaks no more HTTP. */
  get started(): boolean {
    return this.#started;
  }

  /** The connection goes on without it. */
  detach(): void {
    this.#connection = null;
  }

  available(): number {
    const connection = this.#begin();
    if (typeof connection !== 'number') return connection.bodyBytes(Number.POSITIVE_INFINITY);
    return connection === ErrorCode.ERR_BUSY ? 0 : -1;
  }

  read(count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const connection = this.#begin();
    if (typeof connection === 'number') return [connection, NOTHING];
    if (connection.blocking) return this.#readBlocking(connection, count);
    const available = connection.bodyBytes(count);
    if (available === count) return this.#take(connection, count);
    // In this order: what comes meanwhile is no end.
    if (connection.endsBehindBody()) {
      const [error, data] = this.#take(connection, connection.bodyBytes(count));
      return [error || data.length === count ? error : this.#error(connection), data];
    }
    if (count > connection.capacity / 2 || connection.full) {
      const message = `${count} bytes may never be there at once: bufferSize is ${connection.capacity}. Use getPartialData(), or a larger one.`;
      connection.failure = refusal('INVALID_LENGTH', message);
      return [ErrorCode.ERR_INVALID_PARAMETER, NOTHING];
    }
    return [ErrorCode.ERR_BUSY, NOTHING];
  }

  #readBlocking(connection: Connection, count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const [whole, data] = readWaiting(connection, count);
    if (!whole) return [this.#lacks(connection, count), data];
    if (data.length === count) return [ErrorCode.OK, data];
    const error = connection.status === Status.CONNECTED ? ErrorCode.ERR_TIMEOUT : this.#error(connection);
    return [error, data];
  }

  readSome(most: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const connection = this.#begin();
    if (typeof connection === 'number') return [connection, NOTHING];
    return this.#take(connection, connection.bodyBytes(most));
  }

  #take(connection: Connection, count: number): [ErrorCode, Uint8Array<ArrayBuffer>] {
    const data = tryAllocate(count);
    if (data === null) return [this.#lacks(connection, count), NOTHING];
    connection.read(data, null);
    return [ErrorCode.OK, data];
  }

  #lacks(connection: Connection, bytes: number): ErrorCode {
    connection.failure = outOfMemory(bytes);
    return ErrorCode.ERR_OUT_OF_MEMORY;
  }

  write(bytes: Uint8Array): ErrorCode {
    const connection = this.#begin();
    if (typeof connection === 'number') return connection;
    const patience = connection.patience();
    for (;;) {
      const sent = connection.sent();
      const underWay = (this.#written - sent) | 0;
      if (underWay === 0 || underWay + bytes.length <= WINDOW) {
        return this.#send(connection, bytes);
      }
      // The end, which is seen behind what is left to read: nothing is taken any more.
      if (connection.endsBehindBody()) return ErrorCode.FAILED;
      if (!connection.blocking) return ErrorCode.ERR_BUSY;
      if (!connection.sleepUntilSent(sent, patience)) return ErrorCode.ERR_TIMEOUT;
      const error = this.#error(connection);
      if (error !== ErrorCode.OK) return error;
    }
  }

  writeSome(bytes: Uint8Array): [ErrorCode, number] {
    const connection = this.#begin();
    if (typeof connection === 'number') return [connection, 0];
    const room = WINDOW - ((this.#written - connection.sent()) | 0);
    const count = Math.max(0, Math.min(room, bytes.length));
    const error = count > 0 ? this.#send(connection, bytes.subarray(0, count)) : ErrorCode.OK;
    return [error, error === ErrorCode.OK ? count : 0];
  }

  #send(connection: Connection, bytes: Uint8Array): ErrorCode {
    const copy = tryCopyOf(bytes);
    if (copy === null) return this.#lacks(connection, bytes.length);
    this.#written = (this.#written + copy.length) | 0;
    connection.sendBytes(copy);
    return ErrorCode.OK;
  }

  /** The connection, up to date and a stream from here on; else why it can't be one. */
  #begin(): Connection | ErrorCode {
    const connection = this.#connection;
    if (connection === null) return ErrorCode.FAILED;
    if (connection.status === Status.CONNECTED) {
      if (!this.#started) connection.startStream();
      this.#started = true;
      connection.step();
    }
    const error = this.#error(connection);
    return error === ErrorCode.OK ? connection : error;
  }

  #error({ status }: Connection): ErrorCode {
    switch (status) {
      case Status.CONNECTED:
        return ErrorCode.OK;
      case Status.REQUESTING:
      case Status.BODY:
        return ErrorCode.ERR_BUSY;
      case Status.DISCONNECTED:
        return this.#started ? ErrorCode.ERR_FILE_EOF : ErrorCode.FAILED;
      default:
        return ErrorCode.FAILED;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes under way to the system that nothing is written beyond. */
const WINDOW = 2 ** 20;
