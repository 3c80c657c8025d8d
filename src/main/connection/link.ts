import { type Death, ringCapacity } from '../../shared/log/layout.ts';
import type { Memory } from '../../shared/log/memory.ts';
import { Outbox } from '../../shared/log/outbox.ts';
import type { AttachTicket, ClientMessage, Port } from '../../shared/messages.ts';
import type { ClientSettings, WorkerTimeouts } from '../../shared/settings.ts';
import type { Uploads } from '../place/place.ts';
import { freeRings, type Mode, wire } from './wiring.ts';

/** What connects a client with its worker thread: the memory and the port. */
export class Link {
  readonly threadId: number;
  readonly memory: Memory<ArrayBufferLike>;
  /** The same memory, if it is shared. Null if what the worker writes comes in messages. */
  readonly shared: Memory | null;
  /** Null if the worker knows the memory and the port already, from a client that is gone. */
  readonly ticket: AttachTicket | null;
  readonly #port: Port;
  readonly #outbox: Outbox;
  readonly #uploads: Uploads;
  /** Whether the client has a connection or is opening one. It counts as load of the thread. */
  hasConnection = false;
  /** The connection that requests are for. */
  epoch = 0;
  /** Why the thread ended, beyond what the tombstone says; empty if that is unknown. */
  endReason = '';
  /** The time limits that the worker knows. */
  #timeouts: WorkerTimeouts;
  /** The next request has to be a message: in the outbox it could overtake an earlier message. */
  #nextAsMessage = false;

  constructor(threadId: number, bufferSize: number, settings: ClientSettings, mode: Mode, uploads: Uploads) {
    const capacity = ringCapacity(bufferSize, settings.limits);
    const { memory, shared, port, ticket } = wire(mode, capacity, threadId, settings);
    this.threadId = threadId;
    this.memory = memory;
    this.shared = shared;
    this.ticket = ticket;
    this.#port = port;
    this.#outbox = new Outbox(memory);
    this.#uploads = uploads;
    this.#timeouts = settings.timeouts;
    if (ticket === null) this.send({ verb: 'start', settings });
  }

  /** One way: this port gets no messages, so it does not keep the process running. */
  send(message: ClientMessage, transfer: (ArrayBuffer | Port)[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** A copy of the next bytes of `body`, to be transferred; at most a piece. Null if there is no memory. */
  copyPiece(body: Uint8Array, at: number): Uint8Array<ArrayBuffer> | null {
    const copy = this.#uploads.copyPiece(body, at);
    if (copy) this.#uploads.lendTo(this.threadId, [copy]);
    return copy;
  }

  /** The same for all of `bytes`. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] | null {
    const copies = this.#uploads.copy(bytes);
    if (copies) this.#uploads.lendTo(this.threadId, copies);
    return copies;
  }

  /** Tells the worker that there is something new in the memory, as it asked for. */
  wake(): void {
    this.send(WAKE);
  }

  /** Sets the limits for the next connection and the next request. */
  setTimeouts(timeouts: WorkerTimeouts): void {
    if (timeouts === this.#timeouts) return;
    this.#timeouts = timeouts;
    this.#nextAsMessage = true;
    this.send({ verb: 'timeouts', timeouts });
  }

  /**
   * Puts a request into the outbox. That is empty, because the last request was answered. False if the request does not
   * fit, or has to be a message.
   */
  put(method: string, target: string, headers: readonly string[]): boolean {
    // What is put into memory of the caller's own nobody else sees.
    if (this.#nextAsMessage || this.shared === null) {
      this.#nextAsMessage = false;
      return false;
    }
    const put = this.#outbox.put([`${method} ${target}`, ...headers].join('\n'), this.epoch);
    if (put === 'unseen') this.wake();
    return put !== 'too long';
  }

  bury(death: Death, endReason: string): void {
    this.endReason ||= endReason;
    this.memory.markDead(death);
  }

  /**
   * Tells the worker that the client is gone. The worker then ends the connection and releases the memory.
   *
   * @param threadLives Whether there is a worker that can do so.
   */
  cut(threadLives: boolean): void {
    this.hasConnection = false;
    const kept = threadLives && this.shared !== null;
    this.send({ verb: 'end', kept });
    // A thread that is gone can't report that it has released the memory.
    if (kept) freeRings.keep(this.shared, this.#port, this.threadId);
    else this.#port.close();
  }
}

const WAKE = { verb: 'wake' } as const;
