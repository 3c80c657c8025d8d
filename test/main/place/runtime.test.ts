import { describe, expect, test } from 'vitest';
import { requireFitRuntime } from '../../../src/main/place/node/runtime.ts';

describe('Where threads would not do what they must, the reason is told', () => {
  test.for(['1.3.14', '1.0.0', '0.8.1'])('Bun %s', (bun) => {
    expect(() => requireFitRuntime({ versions: { node: '24.3.0', bun } })).toThrow(
      `this is Bun ${bun}, whose sockets can't be read safely: update it to 1.4 or later`,
    );
  });

  test.for(['renderer', 'worker', 'service-worker'])(
    'a renderer of Electron, its process.type is %s',
    (type) => {
      expect(() => requireFitRuntime({ versions: { electron: '45.5.0' }, type })).toThrow(
        /main process or in a utilityProcess\. .*"tickhttp\/browser" \(docs\/electron\.md\)/,
      );
    },
  );

  test.for([
    { versions: process.versions },
    { versions: { bun: '1.4.0' } },
    { versions: { bun: '1.10.2' } },
    { versions: { bun: '2.0.0-canary.1' } },
    { versions: { electron: '45.5.0' }, type: 'browser' },
    { versions: { electron: '45.5.0' }, type: 'utility' },
    { versions: { deno: '2.9.6' } },
  ])('not %o', (runtime) => {
    expect(() => requireFitRuntime(runtime)).not.toThrow();
  });
});
