import { type Death, ringCapacity } from '../../shared/log/layout.ts';
import type { Memory } from '../../shared/log/memory.ts';
import { Outbox } from '../../shared/log/outbox.ts';
import type { AttachTicket, ClientMessage, Port } from '../../shared/messages.ts';
import type { ClientSettings, Timeouts } from '../../shared/settings.ts';
import { FreeRings } from './free-rings.ts';

/** What joins a client to its worker thread: the memory, the port, and the pool's books about both. */
export class Link {
  readonly threadId: number;
  readonly memory: Memory;
  /** Null where the worker knows the memory and the port, from a client that is gone. */
  readonly ticket: AttachTicket | null;
  readonly #port: Port;
  readonly #outbox: Outbox;
  /** Has, or is opening, a connection: counts in the load of its thread. */
  live = false;
  /** The connection that requests are for. */
  epoch = 0;
  /** Why the thread ended, beyond what the tombstone says; empty if nobody knows. */
  endReason = '';
  /** The time limits that the worker knows. */
  #timeouts: Timeouts;
  /** The next request has to be heard behind what was said in a message. */
  #inOrder = false;

  constructor(threadId: number, bufferSize: number, settings: ClientSettings) {
    const { memory, port } = freeRings.take(ringCapacity(bufferSize, settings.limits), threadId);
    this.threadId = threadId;
    this.memory = memory;
    this.#outbox = new Outbox(memory);
    this.#timeouts = settings.timeouts;
    if (port) {
      this.#port = port;
      this.ticket = null;
      this.send({ verb: 'start', settings });
    } else {
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      this.ticket = { kind: 'attach', port: port2, memory: memory.buffer, settings };
    }
  }

  /** One way: nothing is ever heard on this port, so it holds no process open. */
  send(message: ClientMessage, transfer: (ArrayBuffer | Port)[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** The worker has said that it wants to know of something that is in the memory now. */
  wake(): void {
    this.send(WAKE);
  }

  /** They count for the next connection and the next request. */
  setTimeouts(timeouts: Timeouts): void {
    if (timeouts === this.#timeouts) return;
    this.#timeouts = timeouts;
    this.#inOrder = true;
    this.send({ verb: 'timeouts', timeouts });
  }

  /**
   * Puts a request into the outbox, which is empty: the last one has been answered. False: it does not fit, or has to
   * be a message.
   */
  put(method: string, target: string, headers: readonly string[]): boolean {
    if (this.#inOrder) {
      this.#inOrder = false;
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

  /** Tells the worker that the client is gone: it ends the connection, and lets go of the memory. `lives`: it can. */
  cut(lives: boolean): void {
    this.live = false;
    this.send({ verb: 'end', kept: lives });
    // Nobody would say of a thread that is gone that it has let go of the memory.
    if (lives) freeRings.keep(this.memory, this.#port, this.threadId);
    else this.#port.close();
  }
}

/** Of all pools of this thread. */
export const freeRings = new FreeRings();

const WAKE = { verb: 'wake' } as const;
