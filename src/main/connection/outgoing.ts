import type { Attachment } from './attachment.ts';

/**
 * What a connection that is used as a stream was given to send. The caller adds up here what it has accepted; the
 * worker counts in shared memory what the system has taken of that (`SENT` in layout.ts). So nobody need be asked what
 * is left.
 */
export class Outgoing {
  readonly #at: Pick<Attachment, 'link' | 'log'>;
  #unsent = 0;
  /** `SENT` when it was last looked at. */
  #sent = 0;
  #shut = false;

  constructor(at: Pick<Attachment, 'link' | 'log'>) {
    this.#at = at;
  }

  /** Of another connection; of one that was another client's with what that has left to send. */
  begin(unsent = 0, shut = false): void {
    this.#unsent = unsent;
    this.#sent = 0;
    this.#shut = shut;
  }

  /** Bytes that were accepted, and that the system has not taken. Costs an atomic load. */
  unsent(): number {
    // Without a log there is no worker, and nothing more is sent.
    const sent = this.#at.log?.sent() ?? this.#sent;
    // Both wrap.
    this.#unsent -= (sent - this.#sent) >>> 0;
    this.#sent = sent;
    return this.#unsent;
  }

  /** What `unsent()` has seen last, to sleep until there is more. */
  get seen(): number {
    return this.#sent;
  }

  /** Nothing more is accepted. */
  get shut(): boolean {
    return this.#shut;
  }

  /** Gives their memory away. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#unsent += bytes.length;
    this.#at.link?.send({ verb: 'write', bytes }, [bytes.buffer]);
  }

  shutdown(): void {
    if (!this.#shut) this.#at.link?.send({ verb: 'shutdown' });
    this.#shut = true;
  }
}
