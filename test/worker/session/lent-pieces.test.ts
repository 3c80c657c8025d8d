import { describe, expect, onTestFinished, test } from 'vitest';
import { UploadPieces } from '../../../src/main/place/node/upload-pieces.ts';
import {
  type FromBorrower,
  isPiece,
  makePiece,
  PIECE_BYTES,
  type SpareMessage,
} from '../../../src/shared/pieces.ts';
import { LentPieces } from '../../../src/worker/session/lent-pieces.ts';
import { eventually } from '../../support/eventually.ts';

const THREAD = 7;
/** As few bytes as are worth a piece. */
const SMALL = 2 ** 17;

/** Both halves on one thread, and what passes between them. */
function makeBoth() {
  const lent = new LentPieces();
  const said: FromBorrower['verb'][] = [];
  const freed: ArrayBuffer[] = [];
  const uploads = new UploadPieces((_threadId, { port }) => {
    port.on('message', (message: SpareMessage) => {
      lent.hear(message);
      freed.push(...message.pieces);
    });
    lent.open(port);
    const post = port.postMessage.bind(port);
    port.postMessage = (message: FromBorrower, transfer: ArrayBuffer[]) => {
      said.push(message.verb);
      post(message, transfer);
    };
  });
  onTestFinished(() => uploads.endThread(THREAD));
  /** Copies go to the worker. */
  const lend = (...bodies: Uint8Array[]): Uint8Array[] => {
    const copies = bodies.map((body) => uploads.copyPiece(body, 0) ?? new Uint8Array(0));
    uploads.lendTo(THREAD, copies);
    return copies.map((copy) => structuredClone(copy, { transfer: [copy.buffer] }));
  };
  const kept = (): number => {
    uploads.drain();
    return uploads.kept;
  };
  return { uploads, lent, lend, kept, said, freed };
}

/** Beats until `done`: the caller looks no more often than once a second. */
async function beatUntil(lent: LentPieces, done: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done() && performance.now() < end) {
    lent.beat();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(done()).toBe(true);
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

describe('a piece', () => {
  test('comes back as the same memory', () => {
    const { lent, lend, kept } = makeBoth();
    for (const bytes of lend(filled(PIECE_BYTES, 1))) lent.giveBack(bytes);
    expect(kept()).toBe(1);
    const [copy = new Uint8Array(0)] = lend(filled(SMALL, 2));
    expect([copy.length, copy[0], copy[SMALL - 1]]).toEqual([SMALL, 2, 2]);
    // Behind the new bytes are those of the time before.
    const memory = new Uint8Array(copy.buffer, 0, PIECE_BYTES);
    expect([memory[SMALL], memory[PIECE_BYTES - 1]]).toEqual([1, 1]);
  });

  test('comes back when its last user has let go of it', () => {
    const { lent, lend, kept } = makeBoth();
    const [bytes = new Uint8Array(0)] = lend(filled(SMALL, 1));
    lent.hold(bytes);
    lent.hold(bytes.subarray(10));
    lent.release(bytes);
    expect(kept()).toBe(0);
    lent.release(bytes.subarray(20));
    expect(kept()).toBe(1);
    // Its memory is somebody else's by now.
    lent.release(bytes);
    expect(kept()).toBe(1);
  });

  test('is not worth it for a small body', () => {
    const { lent, lend, kept } = makeBoth();
    const [bytes = new Uint8Array(0)] = lend(filled(SMALL - 1, 1));
    expect(isPiece(bytes.buffer)).toBe(false);
    lent.giveBack(bytes);
    expect(kept()).toBe(0);
  });
});

test('several come back in one message, while others are still used', () => {
  const { lent, lend, kept, said } = makeBoth();
  const all = lend(...Array.from({ length: 16 }, () => filled(SMALL, 1)));
  for (const bytes of all) lent.hold(bytes);
  for (const bytes of all) lent.release(bytes);
  expect(kept()).toBe(16);
  expect(said.length).toBeLessThan(4);
});

test('there is a bound, and the rest goes back to the system', async () => {
  const { lent, lend, kept, freed } = makeBoth();
  const all = lend(...Array.from({ length: 150 }, () => filled(SMALL, 1)));
  for (const bytes of all) lent.hold(bytes);
  for (const bytes of all) lent.release(bytes);
  expect(kept()).toBe(128);
  await eventually(() => expect(freed).toHaveLength(22));
  expect(freed.every(({ byteLength }) => byteLength === 0)).toBe(true);
});

test('what a thread has given back goes with it: perhaps nobody else asks for it', () => {
  const { lent, lend, kept, uploads } = makeBoth();
  uploads.lendTo(THREAD + 1, [uploads.copyPiece(filled(SMALL, 1), 0) ?? new Uint8Array(0)]);
  onTestFinished(() => uploads.endThread(THREAD + 1));
  for (const bytes of lend(filled(SMALL, 1), filled(SMALL, 1))) lent.giveBack(bytes);
  expect([kept(), uploads.lent]).toEqual([2, 1]);
  uploads.endThread(THREAD);
  expect([kept(), uploads.lent]).toEqual([0, 1]);
});

test('those that are needed stay, the others go', async () => {
  const { lent, lend, kept } = makeBoth();
  /** Returns the last byte of each piece, which is an old one if only the beginning was used. */
  const send = (count: number, size: number, value: number): (number | undefined)[] => {
    const all = lend(...Array.from({ length: count }, () => filled(size, value)));
    for (const bytes of all) lent.hold(bytes);
    const ends = all.map(({ buffer }) => new Uint8Array(buffer)[PIECE_BYTES - 1]);
    for (const bytes of all) lent.release(bytes);
    return ends;
  };
  send(10, PIECE_BYTES, 1);
  expect(kept()).toBe(10);
  await beatUntil(lent, () => {
    send(3, SMALL, 2);
    return kept() <= 3;
  });
  expect(kept()).toBe(3);
  expect(send(3, SMALL, 3)).toEqual([1, 1, 1]);
  await beatUntil(lent, () => kept() === 0);
});

test('a worker without a way back frees what it was given', () => {
  const lent = new LentPieces();
  const bytes = new Uint8Array(makePiece());
  lent.hold(bytes);
  lent.release(bytes);
  expect(bytes).toHaveLength(PIECE_BYTES);
  lent.beat();
  expect(bytes).toHaveLength(0);
});
