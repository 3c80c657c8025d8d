import type { Attachment } from './attachment.ts';

/**
 * What was accepted for sending over a connection that is a stream. The caller adds it up here; the worker counts in
 * shared memory how much of it the system has taken (`SENT` in layout.ts). So what is left is known without a message.
 */
export class Outgoing {
  readonly #attachment: Pick<Attachment, 'link' | 'log'>;
  #unsent = 0;
  /** `SENT` when it was last looked at. */
  #sent = 0;
  #shut = false;

  constructor(attachment: Pick<Attachment, 'link' | 'log'>) {
    this.#attachment = attachment;
  }

  /** For another connection. One that another client gave away may have bytes left to send, and may be shut down. */
  begin(unsent = 0, shut = false): void {
    this.#unsent = unsent;
    this.#sent = 0;
    this.#shut = shut;
  }

  /** Bytes that were accepted, and that the system has not taken. Costs an atomic load. */
  unsent(): number {
    // Without a log there is no worker, and nothing more is sent.
    const sent = this.#attachment.log?.sent() ?? this.#sent;
    // Both wrap.
    this.#unsent -= (sent - this.#sent) >>> 0;
    this.#sent = sent;
    return this.#unsent;
  }

  /** The count of bytes that `unsent()` has seen last, to sleep until it is larger. */
  get sentSeen(): number {
    return this.#sent;
  }

  /** `shutdown()` was called: nothing more is accepted. */
  get shut(): boolean {
    return this.#shut;
  }

  /** Transfers their memory to the worker. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#unsent += bytes.length;
    this.#attachment.link?.send({ verb: 'write', bytes }, [bytes.buffer]);
  }

  shutdown(): void {
    if (!this.#shut) this.#attachment.link?.send({ verb: 'shutdown' });
    this.#shut = true;
  }
}
