import { createOrdinaryMemory } from '../../shared/log/layout.ts';
import type { Memory } from '../../shared/log/memory.ts';
import { type LogPost, MirrorMemory } from '../../shared/log/posted-memory.ts';
import type { AttachTicket, Port, ReleasedMessage } from '../../shared/messages.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import { place } from '../place/here.ts';
import { FreeRings } from './free-rings.ts';

/** How a worker's log comes to the caller: through shared memory, or in messages. */
export type Mode = 'shared' | 'messages';

/** A client's memory on the caller's side, and its port. */
export interface Wiring {
  readonly memory: Memory<ArrayBufferLike>;
  /** The same, if the worker has it too. */
  readonly shared: Memory | null;
  readonly port: Port;
  /** Null if the worker knows the memory and the port already, from a client that is gone. */
  readonly ticket: AttachTicket | null;
}

/** Of all pools of this thread. */
export const freeRings = new FreeRings();

export function wire(mode: Mode, capacity: number, threadId: number, settings: ClientSettings): Wiring {
  return mode === 'shared' ? wireShared(capacity, threadId, settings) : wireMessages(capacity, settings);
}

function wireShared(capacity: number, threadId: number, settings: ClientSettings): Wiring {
  const { memory, port } = freeRings.take(capacity, threadId);
  if (port) return { memory, shared: memory, port, ticket: null };
  const { port1, port2 } = new MessageChannel();
  const ticket: AttachTicket = { kind: 'attach', port: port2, memory: memory.buffer, settings };
  return { memory, shared: memory, port: port1, ticket };
}

/** What the worker posts goes into the memory as it comes; the caller looks at it in its own calls. */
function wireMessages(capacity: number, settings: ClientSettings): Wiring {
  const { port1, port2 } = new MessageChannel();
  const tell = (cursor: number, emptied: ArrayBuffer[]): void => {
    port1.postMessage({ verb: 'released', cursor, emptied } satisfies ReleasedMessage, emptied);
  };
  const memory = new MirrorMemory(createOrdinaryMemory(capacity), tell);
  place.openInbox<LogPost>(port1).listen((post) => memory.take(post));
  const ticket: AttachTicket = { kind: 'attach', port: port2, memory: capacity, settings };
  return { memory, shared: null, port: port1, ticket };
}
