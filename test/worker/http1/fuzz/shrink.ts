import type { Input } from './input.ts';

/**
 * The smallest input found that still fails. Bytes are taken away, first many at a time; then the request is
 * made usual, and bytes plain. `fails` is asked some hundred times.
 */
export async function shrink(
  input: Input,
  fails: (input: Input) => boolean | Promise<boolean>,
): Promise<Input> {
  let best = input;
  const attempt = async (changed: Partial<Input>): Promise<boolean> => {
    const candidate = { ...best, ...changed };
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = -1; size !== best.bytes.length; ) {
    size = best.bytes.length;
    for (let count = Math.ceil(size / 2); count >= 1; count = Math.floor(count / 2)) {
      for (let at = 0; at < best.bytes.length; ) {
        if (!(await attempt({ bytes: without(best.bytes, at, count) }))) at += count;
      }
    }
  }
  await attempt({ request: { ...best.request, method: 'GET' } });
  await attempt({ request: { ...best.request, upgrade: false } });
  await attempt({ request: { ...best.request, close: false } });
  await attempt({ request: { ...best.request, maxHeadFields: 1000 } });
  await attempt({ request: { ...best.request, maxHeadSize: 65536 } });
  for (let at = 0; at < best.bytes.length; at++) {
    if (best.bytes[at] !== PLAIN)
      await attempt({ bytes: best.bytes.map((byte, index) => (index === at ? PLAIN : byte)) });
  }
  return best;
}

const PLAIN = 'a'.charCodeAt(0);

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)]);
}
