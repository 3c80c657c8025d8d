import { Ballast } from '../../shared/ballast.ts';
import { createOrdinaryMemory, Death } from '../../shared/log/layout.ts';
import { Memory } from '../../shared/log/memory.ts';
import { type LogPost, type PostClock, PostedMemory } from '../../shared/log/posted-memory.ts';
import type { MessageArray } from '../../shared/message-arrays.ts';
import type { AttachTicket, ClientMessage, Port, RequestsTicket, WorkerApi } from '../../shared/messages.ts';
import { PostedSlots } from '../../shared/posted-slots.ts';
import { RequestSlots } from '../../shared/request-slots.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import type { ThreadStats } from '../../shared/stats.ts';
import type { Later } from '../connection/event-loop.ts';
import type { Traffic } from '../connection/surroundings.ts';
import { ClientSession, type Common } from './client-session.ts';
import type { RequestsSession } from './requests-session.ts';

/** What a thread of a platform gives its sessions. */
export interface ThreadParts {
  readonly threadId: number;
  readonly common: Common;
  readonly traffic: Traffic;
  openRequests(ticket: RequestsTicket, slots: RequestSlots): RequestsSession;
  readonly later: Later;
  /** Called four times a second. */
  beat(): void;
  /** Hears what comes on a port from now on; `onClose` is called when its other end is gone. */
  listen<M>(port: Port, hear: (message: M) => void, onClose: () => void): void;
}

const WAKE = { verb: 'wake' } as const;

const BEAT_MILLISECONDS = 250;

/** All that a worker thread serves, whatever its platform. */
export class ThreadSessions {
  readonly #parts: ThreadParts;
  readonly #ballast = new Ballast();
  readonly #clients = new Set<ClientSession>();
  readonly #requests = new Set<RequestsSession>();
  /** When what is not shared is posted. */
  readonly #postClock: PostClock;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
    const after = (milliseconds: number, act: () => void): void => void setTimeout(act, milliseconds);
    this.#postClock = { now: () => performance.now(), later: parts.later, after };
    setInterval(() => this.#beat(), BEAT_MILLISECONDS);
  }

  attach({ port, memory: given, settings }: AttachTicket): void {
    const memory = typeof given === 'number' ? this.#openPosted(given, port) : new Memory(given);
    this.#ballast.add(memory.buffer, memory.buffer.byteLength);
    let session = this.#begin(memory, settings);
    const leave = (): void => {
      this.#clients.delete(session);
      session.end();
    };
    const hear = (message: ClientMessage): void => {
      if (message.verb === 'start') session = this.#begin(memory, message.settings);
      else if (message.verb !== 'released') session.hear(message);
      else if (memory instanceof PostedMemory && memory.released(message.cursor, message.emptied))
        session.hear(WAKE);
      if (message.verb !== 'end') return;
      leave();
      if (!message.kept) port.close();
    };
    this.#parts.listen(port, hear, leave);
  }

  #openPosted(capacity: number, port: Port): PostedMemory {
    const post = (message: LogPost, transfer: ArrayBuffer[]): void => port.postMessage(message, transfer);
    return new PostedMemory(createOrdinaryMemory(capacity), post, this.#postClock);
  }

  #begin(memory: Memory<ArrayBufferLike>, settings: ClientSettings): ClientSession {
    const session = new ClientSession(memory, settings, this.#parts.common);
    this.#clients.add(session);
    session.beat();
    return session;
  }

  serveRequests(ticket: RequestsTicket): void {
    const { slots: shared, port } = ticket;
    const slots = shared ? new RequestSlots(shared) : this.#openPostedSlots(port);
    const session = this.#parts.openRequests(ticket, slots);
    this.#requests.add(session);
    session.beat();
    const hear = (message: MessageArray): void => session.hear(message);
    this.#parts.listen(port, hear, () => {
      this.#requests.delete(session);
      session.end();
    });
  }

  #openPostedSlots(port: Port): PostedSlots {
    return new PostedSlots((post) => port.postMessage(post), this.#postClock);
  }

  #beat(): void {
    for (const session of [...this.#clients, ...this.#requests]) session.beat();
    this.#parts.beat();
  }

  /** The thread is about to end. */
  markDead(death: Death): void {
    for (const session of this.#clients) session.markDead(death);
    for (const session of this.#requests) {
      session.markDead(death);
      session.end();
    }
  }

  /** `patience()` settles when `shutdown()` must not wait any longer for files. */
  api(patience: () => Promise<unknown>): WorkerApi {
    return {
      stats: () => this.#stats(),
      shutdown: async () => {
        for (const session of this.#clients) session.close();
        const ended = [...this.#requests].map((session) => session.end());
        for (const session of [...this.#clients, ...this.#requests]) session.markDead(Death.POOL_CLOSED);
        await Promise.race([Promise.all(ended), patience()]);
      },
    };
  }

  #stats(): ThreadStats {
    const { threadId, traffic } = this.#parts;
    const kept = [...this.#requests].flatMap(({ exchanges }) => exchanges.connections);
    const live = [...[...this.#clients].flatMap((session) => session.connection ?? []), ...kept];
    const sum = (key: 'bytesRead' | 'bytesWritten'): number =>
      live.reduce((total, connection) => total + connection[key], traffic[key]);
    return {
      threadId,
      clients: this.#clients.size,
      connections: live.length,
      requests: traffic.requests,
      bytesRead: sum('bytesRead'),
      bytesWritten: sum('bytesWritten'),
      origins: Object.fromEntries([...this.#requests].flatMap(({ exchanges }) => exchanges.stats())),
    };
  }
}
