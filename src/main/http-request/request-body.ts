import { tryEncode } from '../../shared/copy.ts';
import { Method } from '../../shared/enums.ts';
import { isArrayBuffer } from '../../shared/kinds.ts';
import type { Uploads } from '../place/place.ts';

/** What is sent; null if there is no memory for it. A GET has no body, as in Godot. */
export function bodyOf(method: number, data: string | Uint8Array): Uint8Array | null {
  if (method === Method.GET) return NOTHING;
  return typeof data === 'string' ? tryEncode(data) : data;
}

/** The bytes themselves if their whole memory may be transferred, else a copy; null if there is no memory for it. */
export function bytesToSend(
  bytes: Uint8Array,
  mayTransfer: boolean,
  uploads: Uploads,
): readonly Uint8Array[] | null {
  const { buffer, length } = bytes;
  if (length === 0) return [];
  const whole = isArrayBuffer(buffer) && length === buffer.byteLength;
  return mayTransfer && whole ? [bytes] : uploads.copy(bytes);
}

const NOTHING = new Uint8Array(0);
