import { HEAD_LENGTH_BYTES } from './layout.ts';

/** Puts the body length of a HEAD record at `place` of the ring. */
export function putBodyLength(ring: Uint8Array, place: number, bodyLength: number): void {
  double[0] = bodyLength;
  for (let index = 0; index < HEAD_LENGTH_BYTES; index++) ring[place + index] = bytesOfDouble[index] ?? 0;
}

export function getBodyLength(ring: Uint8Array, place: number): number {
  for (let index = 0; index < HEAD_LENGTH_BYTES; index++) bytesOfDouble[index] = ring[place + index] ?? 0;
  return double[0] ?? 0;
}

const double = new Float64Array(1);
const bytesOfDouble = new Uint8Array(double.buffer);
