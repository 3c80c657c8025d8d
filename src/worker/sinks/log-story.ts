import type { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { Ending, RecordType } from '../../shared/log/layout.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import { encodeFailure } from '../connection/connection-failure.ts';
import type { Story } from '../connection/story.ts';

/** Is told when requests begin and end. */
export interface RequestObserver {
  /** A request is about to be written. */
  asked(): void;
  /** Its answer is complete, and about to be published. */
  completed(): void;
}

/**
 * The story of a connection in the event log: the only writer of STATUS, END and FAILURE. If the caller has closed the
 * connection, the story ends in silence: nobody looks, and the log may already be about the next connection.
 */
export class LogStory implements Story {
  readonly #log: LogWriter;
  readonly #observer: RequestObserver;
  #over = false;

  constructor(log: LogWriter, observer: RequestObserver) {
    this.#log = log;
    this.#observer = observer;
  }

  status(status: Status): void {
    this.#write(RecordType.STATUS, status);
  }

  asked(): void {
    this.#log.asked();
    this.#observer.asked();
  }

  /** The caller of an HTTPClient does not ask for this. */
  uploaded(): void {}

  streamed(count: number): void {
    this.#log.sent(count);
  }

  peerEnded(): void {
    this.#write(RecordType.END, Ending.SENDING);
  }

  complete(reusable: boolean): void {
    if (reusable) this.#observer.completed();
    this.#write(RecordType.END, reusable ? Ending.REUSABLE : Ending.OVER);
    this.#over ||= !reusable;
  }

  fail(status: Status, failure: Failure): void {
    this.#write(RecordType.FAILURE, status, encodeFailure(failure, this.#log.free()));
    this.#over = true;
  }

  silence(): void {
    this.#over = true;
  }

  #write(type: RecordType, argument: number, payload?: Uint8Array): void {
    if (this.#over) return;
    this.#log.record(type, argument, 0, payload);
    this.#log.publish();
  }
}
