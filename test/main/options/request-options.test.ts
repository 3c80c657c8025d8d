import { afterAll, expect, test } from 'vitest';
import { sharedRequestOptions } from '../../../src/main/options/request-options.ts';
import { TLSOptions } from '../../../src/main/options/tls-options.ts';
import { WorkerPool } from '../../../src/main/pool/worker-pool.ts';

const pools = [new WorkerPool({ threads: 1 }), new WorkerPool({ threads: 1 })];
const [pool, other] = pools;
afterAll(() => Promise.all(pools.map((each) => each.close())));

test('what can not change is shared by objects with the same options', () => {
  const tls = TLSOptions.clientUnsafe();
  for (const make of [
    () => ({}),
    () => ({ ...(pool && { pool }) }),
    () => ({ ...(other && { pool: other }), tls, followRedirects: false, family: 4 as const }),
  ]) {
    const shared = sharedRequestOptions(make());
    sharedRequestOptions({ dnsLifetime: 1 });
    expect(sharedRequestOptions(make())).toBe(shared);
  }
  const [one, two] = [{ ...(pool && { pool }) }, { ...(other && { pool: other }) }].map(sharedRequestOptions);
  expect(one).not.toBe(two);
  expect(one?.shared.workers()).not.toBe(two?.shared.workers());
});

test('what can change is not', () => {
  const timeouts = { connect: 1000 };
  const before = sharedRequestOptions({ timeouts });
  timeouts.connect = 2000;
  const after = sharedRequestOptions({ timeouts });
  expect([before, after].map(({ shared }) => shared.timeouts.worker.connect)).toEqual([1000, 2000]);
  const inherited = Object.create({ family: 6, followRedirects: false });
  expect(sharedRequestOptions(inherited)).toMatchObject({
    followRedirects: false,
    shared: { client: { family: 6 } },
  });
  expect(sharedRequestOptions(Object.create({}))).toMatchObject({ shared: { client: { family: 0 } } });
});

test('wrong ones throw each time', () => {
  for (let round = 0; round < 2; round++) {
    for (const options of [null, 5, { followRedirects: 1 }, { nothing: true }])
      expect(() => Reflect.apply(sharedRequestOptions, undefined, [options])).toThrow(TypeError);
    expect(() => sharedRequestOptions({ dnsLifetime: -1 })).toThrow(RangeError);
  }
});
