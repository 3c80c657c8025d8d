import { createMemory, type Death, Memory, ringCapacity } from '../shared/layout.ts';
import type { AttachTicket, ClientMessage, HeadLimits, Port } from '../shared/messages.ts';

/** What joins a client to its worker thread: the memory, the port, and the pool's books about both. */
export class Link {
  readonly threadId: number;
  readonly memory: Memory;
  readonly ticket: AttachTicket;
  readonly #port: Port;
  /** Has, or is opening, a connection: counts in the load of its thread. */
  live = false;
  /** What is known of the thread's end beyond the tombstone. */
  epitaph = '';

  constructor(threadId: number, bufferSize: number, limits: HeadLimits) {
    const shared = createMemory(ringCapacity(bufferSize, limits));
    const { port1, port2 } = new MessageChannel();
    this.threadId = threadId;
    this.memory = new Memory(shared);
    this.ticket = { kind: 'attach', port: port2, memory: shared, limits };
    this.#port = port1;
  }

  /** One way: nothing is ever heard on this port, so it holds no process open. */
  send(message: ClientMessage, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  bury(death: Death, epitaph: string): void {
    this.epitaph ||= epitaph;
    this.memory.bury(death);
  }

  /** Tells the worker that the client is gone: it ends the connection and forgets both. */
  cut(): void {
    this.live = false;
    this.#port.close();
  }
}
