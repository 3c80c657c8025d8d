import { expect } from 'vitest';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';

const WARM = 4;
const MEASURED = 8;

test('bodies of 96 MiB cause no full collections', { timeout: 60_000 }, async ({ servers }) => {
  const { port } = await servers.http();
  const { stdout, stderr } = await runScript('test/support/scripts/large-uploads.mjs', {
    args: [port, 96, WARM, MEASURED].map(String),
    nodeArgs: ['--trace-gc'],
    deadline: 50_000,
  });
  const [, measured = ''] = stdout.split('warm\n');
  expect([stderr, measured.includes('done\n')]).toEqual(['', true]);
  // Of both threads. Each body would cause one or more on each. Other garbage may cause one or two in all.
  expect(measured.match(/Mark-Compact/g)?.length ?? 0).toBeLessThan(MEASURED / 2);
});
