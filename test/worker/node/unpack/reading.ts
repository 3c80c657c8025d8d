import { unpackAll } from '../../../../src/worker/node/unpack/unpack-now.ts';
import { nodeUnpacking } from '../../../../src/worker/node/unpack/unpacking.ts';
import type { Coding, Decoder, DecoderEvents } from '../../../../src/worker/unpack/decoder.ts';
import { within } from '../../../support/within.ts';

/** What came of a body. */
export interface Outcome {
  readonly bytes: Buffer;
  /** Null: it was finished. */
  readonly error: { readonly message: string; readonly code: unknown } | null;
}

type Make = (events: DecoderEvents) => Decoder;

/** Unpacks `pieces` by a decoder that gets one whenever it has nothing more to do. */
export async function outcome(
  make: Coding | Make,
  pieces: readonly Uint8Array[],
  most = 1e6,
): Promise<Outcome> {
  const parts: Uint8Array[] = [];
  let inside = false;
  let decoder: Decoder | undefined;
  const error = await within(
    20_000,
    () => `the end of ${pieces.length} pieces, ${decoder?.pending} bytes pending`,
    new Promise<unknown>((resolve) => {
      const events = {
        onProgress: () => {
          if (inside) resolve(new Error('an event within a call'));
          go();
        },
        onError: (error: unknown) => resolve(inside ? new Error('an event within a call') : error),
      };
      decoder = typeof make === 'string' ? nodeUnpacking.decoder(make, events) : make(events);
      let next = 0;
      const step = (decoder: Decoder): void => {
        for (let bytes = decoder.read(most); bytes; bytes = decoder.read(most)) {
          if (bytes.length > most) resolve(new Error(`${bytes.length} bytes, not ${most}`));
          parts.push(bytes);
        }
        if (decoder.finished) resolve(null);
        else if (decoder.pending === 0) {
          const piece = pieces[next++];
          if (piece) decoder.write(Uint8Array.from(piece));
          else if (next === pieces.length + 1) decoder.end();
        }
      };
      const go = (): void => {
        if (!decoder) return;
        inside = true;
        step(decoder);
        inside = false;
      };
      go();
      // A piece that needs nothing to be done about it causes no event.
      const timer = setInterval(() => (next > pieces.length ? clearInterval(timer) : go()), 0);
    }),
  );
  decoder?.close();
  return { bytes: Buffer.concat(parts), error: error === null ? null : told(error) };
}

/** The same, here and now. */
export function outcomeNow(codings: readonly Coding[], packed: Uint8Array, most = 2 ** 26): Outcome | null {
  try {
    const bytes = unpackAll(packed, codings, most);
    return bytes && { bytes: Buffer.from(bytes), error: null };
  } catch (error) {
    return { bytes: Buffer.alloc(0), error: told(error) };
  }
}

function told(error: unknown): NonNullable<Outcome['error']> {
  if (!(error instanceof Error)) throw error;
  return { message: error.message, code: 'code' in error ? error.code : undefined };
}

/** `bytes`, cut at `places`. */
export function cut(bytes: Uint8Array, ...places: readonly number[]): Uint8Array[] {
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
}

/** Each byte by itself. */
export function dribble(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}
