import { describe, expect, onTestFinished, vi } from 'vitest';
import { Counterweight } from '../../src/shared/counterweight.ts';
import { makePiece, PIECE_BYTES } from '../../src/shared/pieces.ts';
import { LentPieces } from '../../src/worker/session/lent-pieces.ts';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';

const WARM = 4;
const MEASURED = 12;

test('bodies of 96 MiB cause no full collections', { timeout: 120_000 }, async ({ servers }) => {
  const { port } = await servers.http();
  const { stdout, stderr } = await runScript('test/support/scripts/large-uploads.mjs', {
    args: [port, 96, WARM, MEASURED].map(String),
    nodeArgs: ['--trace-gc'],
    deadline: 110_000,
  });
  const [before = '', measured = ''] = stdout.split('warm\n');
  expect([stderr, measured.includes('done\n')]).toEqual(['', true]);
  // A line of the trace begins with the address of its thread's heap. The caller's is the first.
  const [caller] = /0x[0-9a-f]+/.exec(before) ?? [];
  const collected = Array.from(measured.matchAll(/(0x[0-9a-f]+)\].*Mark-Compact/g), ([, heap]) => heap);
  const ofCaller = collected.filter((heap) => heap === caller).length;
  // Each body would cause almost one on each thread. Other garbage causes a few, most of them in Node 24's worker.
  expect(ofCaller).toBeLessThan(MEASURED / 3);
  expect(collected.length - ofCaller).toBeLessThan((MEASURED * 3) / 4);
});

/** What V8 counts as this thread's, in pieces. */
function counted(): number {
  return Math.round(process.memoryUsage().external / PIECE_BYTES);
}

describe('a counterweight', () => {
  test('stands for the pieces that are away, beyond the first 32', () => {
    const counterweight = new Counterweight();
    const start = counted();
    const seen = [32, 33, 48, 128, 1000, 60, 0].map((away) => {
      counterweight.balance(away);
      return counted() - start;
    });
    expect(seen.map((pieces) => Math.round(pieces / 16))).toEqual([0, 1, 1, 6, 6, 2, 0]);
  });

  test('is not tried again where memory is scarce', () => {
    const counterweight = new Counterweight();
    const make = vi.fn(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    vi.stubGlobal('ArrayBuffer', make);
    onTestFinished(() => void vi.unstubAllGlobals());
    for (let away = 64; away < 128; away++) counterweight.balance(away);
    expect(make).toHaveBeenCalledTimes(1);
  });

  test('of a worker goes when the caller has freed the pieces, through another thread too', () => {
    const lent = new LentPieces();
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    lent.open(port2);
    const start = counted();
    const pieces = Array.from({ length: 100 }, () => new Uint8Array(makePiece()));
    for (const piece of pieces) lent.hold(piece);
    for (const piece of pieces) lent.release(piece);
    expect(counted() - start).toBeGreaterThan(60);
    lent.hear({ pieces: [], kept: 1 });
    expect(counted() - start).toBeLessThan(16);
  });
});
