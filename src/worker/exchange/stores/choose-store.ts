import { Result } from '../../../shared/enums.ts';
import type { Later } from '../../connection/event-loop.ts';
import { packedWith } from '../../unpack/codings.ts';
import type { Unpacking } from '../../unpack/decoder.ts';
import type { FileDownload } from '../files/file-download.ts';
import type { ReceivedAnswer } from '../received-answer.ts';
import { bodyTooLarge } from '../results.ts';
import { type BodyStore, NO_STORE, type StoreOwner } from './body-store.ts';
import { MemoryStore } from './memory-store.ts';
import { UnpackedStore } from './unpacked-store.ts';

/** What a whole request says about its answer's body. */
export interface StoreChoice {
  /** The method of the request. */
  readonly method: string;
  /** The most bytes that are kept. */
  readonly limit: number;
  /** Null: a packed body is stored as it is. */
  readonly unpacking: Unpacking | null;
  /** Null: the body is kept in memory. */
  readonly file: FileDownload | null;
}

/** Where the body of an answer goes. If more was announced than can be stored, the owner hears of it at once. */
export function chooseStore(
  answer: ReceivedAnswer,
  { method, limit, unpacking, file }: StoreChoice,
  later: Later,
  owner: StoreOwner,
): BodyStore {
  const { head } = answer;
  const codings = unpacking ? packedWith(head.statusCode, head.fields, unpacking.codings) : [];
  const asItCame = codings.length === 0;
  const announced = asItCame ? answer.announced : -1;
  const store = (its: StoreOwner): BodyStore =>
    file
      ? file.storeFor({ head, method, announced }, its)
      : new MemoryStore({ limit, announced, later }, its);
  if (unpacking && !asItCame) return new UnpackedStore({ codings, unpacking, limit }, store, owner);
  // For a body that is unpacked, the limit applies to the unpacked bytes, as Godot's documentation says.
  if (announced <= limit || file) return store(owner);
  owner.onStoreFailed(Result.BODY_SIZE_LIMIT_EXCEEDED, bodyTooLarge(announced, limit));
  return NO_STORE;
}
