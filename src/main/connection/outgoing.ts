import type { Attachment } from './attachment.ts';

/**
 * The bytes that were accepted for sending over a stream. The caller adds them up here; the worker counts in shared
 * memory how many of them the system has taken (`SENT` in layout.ts). So the rest is known without a message.
 */
export class Outgoing {
  readonly #attachment: Pick<Attachment, 'link' | 'log'>;
  #unsent = 0;
  /** `SENT` at the last look. */
  #sent = 0;
  #shut = false;

  constructor(attachment: Pick<Attachment, 'link' | 'log'>) {
    this.#attachment = attachment;
  }

  /** For another connection. One that was handed over may have bytes left to send, and may be shut down. */
  begin(unsent = 0, shut = false): void {
    this.#unsent = unsent;
    this.#sent = 0;
    this.#shut = shut;
  }

  /** Bytes that were accepted but not yet taken by the system. Costs an atomic load. */
  unsent(): number {
    // Without a log there is no worker, and nothing more is sent.
    const sent = this.#attachment.log?.sent() ?? this.#sent;
    // Both counters wrap.
    this.#unsent -= (sent - this.#sent) >>> 0;
    this.#sent = sent;
    return this.#unsent;
  }

  /** The count that `unsent()` saw last, to sleep until it is larger. */
  get sentSeen(): number {
    return this.#sent;
  }

  /** Whether `shutdown()` was called, so that nothing more is accepted. */
  get shut(): boolean {
    return this.#shut;
  }

  /** Transfers the memory of `bytes` to the worker. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#unsent += bytes.length;
    this.#attachment.link?.send({ verb: 'write', bytes }, [bytes.buffer]);
  }

  shutdown(): void {
    if (!this.#shut) this.#attachment.link?.send({ verb: 'shutdown' });
    this.#shut = true;
  }
}
