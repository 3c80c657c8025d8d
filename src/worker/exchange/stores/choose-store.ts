import type { Later } from '../../connection/event-loop.ts';
import { packedWith } from '../../unpack/codings.ts';
import type { Unpacking } from '../../unpack/decoder.ts';
import type { ReceivedAnswer } from '../received-answer.ts';
import type { BodyStore, StoreOwner } from './body-store.ts';
import { MemoryStore } from './memory-store.ts';
import { UnpackedStore } from './unpacked-store.ts';

/** What a whole request says of its answer's body. */
export interface StoreChoice {
  /** Bytes that are kept. */
  readonly limit: number;
  /** Null: a packed body is stored as it is. */
  readonly unpacking: Unpacking | null;
  readonly later: Later;
}

/** Where the body of an answer goes. Null: it is larger than the limit by what was announced. */
export function chooseStore(
  { head, announced }: ReceivedAnswer,
  { limit, unpacking, later }: StoreChoice,
  owner: StoreOwner,
): BodyStore | null {
  const codings = unpacking ? packedWith(head.statusCode, head.fields, unpacking.codings) : [];
  if (unpacking && codings.length > 0) {
    // The limit is about what is unpacked, as in Godot's documentation.
    const inner = (its: StoreOwner) => new MemoryStore({ limit, announced: -1, later }, its);
    return new UnpackedStore(codings, unpacking, inner, owner);
  }
  return announced > limit ? null : new MemoryStore({ limit, announced, later }, owner);
}
