import { expect, test } from 'vitest';
import { workerFlags } from '../../src/main/place/node/worker-flags.ts';

test.each([
  [['-r', './pre.cjs', '--require=./pre.cjs', '--import', './pre.mjs', '--import=./pre.mjs'], []],
  [['--loader', './l.mjs', '--experimental-loader=./l.mjs', '--input-type=module', '-e', 'run()'], []],
  [['--inspect', '--inspect=0', '--inspect-brk', '--inspect-wait', '--inspect-port', '1234'], []],
  [['--max-old-space-size=60', '--expose-gc', '--unhandled-rejections=strict', '--title', 'x', '--test'], []],
  [
    ['--tls-max-v1.2', '--tls_min_v1.0'],
    ['--tls-max-v1.2', '--tls_min_v1.0'],
  ],
  [
    ['--no-network-family-autoselection', '--use-system-ca'],
    ['--no-network-family-autoselection', '--use-system-ca'],
  ],
  [['--dns-result-order', 'ipv4first'], ['--dns-result-order=ipv4first']],
  [['--dns_result_order=ipv4first', '-e', '0'], ['--dns-result-order=ipv4first']],
  [['--tls-keylog=a=b'], ['--tls-keylog=a=b']],
  [
    ['--permission', '--allow-fs-read', '/a', '--allow-fs-read=/b'],
    ['--permission', '--allow-fs-read=/a', '--allow-fs-read=/b'],
  ],
  [
    ['--no-warnings', '--disable-warning=ExperimentalWarning'],
    ['--no-warnings', '--disable-warning=ExperimentalWarning'],
  ],
  [
    ['-r', '/app/.pnp.cjs', '--loader=/app/.pnp.loader.mjs'],
    ['--require=/app/.pnp.cjs', '--loader=/app/.pnp.loader.mjs'],
  ],
])('of %j a worker gets %j', (flags, inherited) => {
  expect(workerFlags(flags, '')).toEqual(inherited);
});

test.each([
  ['', []],
  ['  --tls-max-v1.2   --tls-min-v1.0 ', ['--tls-max-v1.2', '--tls-min-v1.0']],
  ['--require "/a folder/pre.cjs" --tls-keylog "/a folder/keys"', ['--tls-keylog=/a folder/keys']],
  ['--tls-keylog="/a \\"b\\" \\\\c"', ['--tls-keylog=/a "b" \\c']],
  ['"--tls-max-v1.2" --title="--tls-max-v1.3 x"', ['--tls-max-v1.2']],
  ['--tls-keylog=C:\\keys', ['--tls-keylog=C:\\keys']],
  ['--tls-max-v1.2 --title="no end', ['--tls-max-v1.2']],
])('of NODE_OPTIONS=%j it gets %j', (nodeOptions, inherited) => {
  expect(workerFlags([], nodeOptions)).toEqual(inherited);
});

test('the command line comes after NODE_OPTIONS, and so counts more', () => {
  const flags = workerFlags(['--dns-result-order=verbatim'], '--dns-result-order=ipv4first');
  expect(flags).toEqual(['--dns-result-order=ipv4first', '--dns-result-order=verbatim']);
});
