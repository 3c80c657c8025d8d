import type { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { Ending, RecordType } from '../../shared/log/layout.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import { encodeFailure } from './connection-failure.ts';

/**
 * What the log says of a connection itself: the only writer of STATUS, END and FAILURE. It ends exactly once,
 * with an END that is OVER or with a FAILURE; or in silence, where the caller has closed the connection: nobody
 * looks then, and the log may be about the next one already. Once it is over nothing is written any more,
 * whoever asks for it.
 */
export class Story {
  readonly #log: LogWriter;
  #over = false;

  constructor(log: LogWriter) {
    this.#log = log;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Published at once. */
  status(status: Status): void {
    if (this.#over) return;
    this.#log.record(RecordType.STATUS, status, 0);
    this.#log.publish();
  }

  /** Of a stream: the peer sends nothing more. Published with all that is before it. */
  peerEnded(): void {
    if (this.#over) return;
    this.#log.record(RecordType.END, Ending.SENDING, 0);
    this.#log.publish();
  }

  /** A response or a stream is complete. Published with all that is before it. */
  complete(reusable: boolean): void {
    if (this.#over) return;
    this.#over = !reusable;
    this.#log.record(RecordType.END, reusable ? Ending.REUSABLE : Ending.OVER, 0);
    this.#log.publish();
  }

  fail(status: Status, failure: Failure): void {
    if (this.#over) return;
    this.#over = true;
    this.#log.record(RecordType.FAILURE, status, 0, encodeFailure(failure, this.#log.free()));
    this.#log.publish();
  }

  /** The caller wants to hear no more. */
  silence(): void {
    this.#over = true;
  }
}
