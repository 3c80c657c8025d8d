import { expect } from 'vitest';
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
