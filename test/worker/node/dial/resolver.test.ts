import { createHook } from 'node:async_hooks';
import { promises as dns, type LookupAddress } from 'node:dns';
import type { HTTPClientOptions } from 'tickhttp';
import { afterAll, afterEach, beforeEach, describe, expect, type Mock, vi } from 'vitest';
import type { Family } from '../../../../src/shared/settings.ts';
import { ConnectionError } from '../../../../src/worker/connection/connection-error.ts';
import { within as limited } from '../../../../src/worker/node/dial/deadline.ts';
import { Resolver } from '../../../../src/worker/node/dial/resolver.ts';
import { until } from '../../../support/eventually.ts';
import { runScript } from '../../../support/run-script.ts';
import { test } from '../../../support/servers.ts';

/** Look-ups that Node has started: of names that a resolver answers without asking anybody. */
let lookups = 0;
const hook = createHook({
  init: (_id, type) => {
    if (type === 'GETADDRINFOREQWRAP') lookups++;
  },
}).enable();
afterAll(() => hook.disable());
beforeEach(() => {
  lookups = 0;
});

const { lookup } = dns;
afterEach(() => restore());
function restore(): void {
  Object.assign(dns, { lookup });
}
/** What the system answers, where no real name would. */
function answerWith(answer: () => Promise<LookupAddress[]>): Mock {
  const patched = vi.fn(answer);
  Object.assign(dns, { lookup: patched });
  return patched;
}

const HOUR = 3_600_000;
const LOOPBACK = { address: '127.0.0.1', family: 4 };

const address = (text: string): LookupAddress => ({ address: text, family: text.includes(':') ? 6 : 4 });

/** All addresses of a name that is none of localhost's, nor of the network's. */
function ask(resolver: Resolver, lifetime = HOUR, host = '127.1', family: Family = 4) {
  return resolver.resolve(host, family, lifetime);
}

describe('an answer of DNS', () => {
  test('is used again within its lifetime', async () => {
    const resolver = new Resolver();
    for (let round = 0; round < 3; round++) expect(await ask(resolver)).toEqual([LOOPBACK]);
    expect(lookups).toBe(1);
    expect(await ask(resolver, HOUR, 'localhost')).toContainEqual(LOOPBACK);
    expect(lookups).toBe(2);
  });

  test('is asked for anew after its lifetime', async () => {
    const resolver = new Resolver();
    await until(async () => {
      expect(await ask(resolver, 1)).toEqual([LOOPBACK]);
      return lookups === 3;
    });
  });

  test('is not kept with a lifetime of 0', async () => {
    const resolver = new Resolver();
    await Promise.all([ask(resolver, 0), ask(resolver, 0)]);
    await ask(resolver, 0);
    expect(lookups).toBe(3);
  });

  test('is too old for a client who wants it younger, however old another takes it', async () => {
    const resolver = new Resolver();
    await ask(resolver, HOUR);
    await ask(resolver, 1);
    expect(lookups).toBe(2);
    await ask(resolver, HOUR);
    expect(lookups).toBe(2);
  });

  test('is shared by all who ask at the same time', async () => {
    const resolver = new Resolver();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(resolver)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => [LOOPBACK]));
    expect(lookups).toBe(1);
  });

  test('is one about a family', async () => {
    const resolver = new Resolver();
    for (const family of [0, 4, 0, 4] as const) {
      expect(await ask(resolver, HOUR, '127.1', family)).toEqual([LOOPBACK]);
    }
    await expect(ask(resolver, HOUR, '127.1', 6)).rejects.toHaveProperty('syscall', 'getaddrinfo');
    expect(lookups).toBe(3);
  });

  test('is kept for a thousand names', async () => {
    const resolver = new Resolver();
    for (let name = 1; name <= 1001; name++) await ask(resolver, HOUR, `127.${name}`);
    await ask(resolver, HOUR, '127.1001');
    expect(lookups).toBe(1001);
    await ask(resolver, HOUR, '127.1');
    expect(lookups).toBe(1002);
  });

  test('is given to all who wait, for however many names', async () => {
    const resolver = new Resolver();
    const names = Array.from({ length: 1100 }, (_, index) => `127.${index + 1}`);
    const answers = await Promise.all(names.map((name) => ask(resolver, HOUR, name)));
    expect(answers.filter(([first]) => first?.family !== 4)).toEqual([]);
    expect(new Set(answers.map(([first]) => first?.address)).size).toBe(1100);
  });

  test('is not looked up of an address', async () => {
    const resolver = new Resolver();
    for (const literal of ['127.0.0.1', '::1', 'fe80::1%lo']) {
      expect(await ask(resolver, HOUR, literal, 0)).toEqual([address(literal)]);
    }
    for (const [literal, family] of [
      ['127.0.0.1', 6],
      ['::1', 4],
    ] as const) {
      await expect(ask(resolver, HOUR, literal, family)).rejects.toHaveProperty('code', 'WRONG_FAMILY');
    }
    expect(lookups).toBe(0);
  });
});

describe('a name below localhost is the loopback, and nobody is asked', () => {
  test.each<[string, Family, string]>([
    ['app.localhost', 0, '::1 127.0.0.1'],
    ['app.localhost', 4, '127.0.0.1'],
    ['app.localhost', 6, '::1'],
    ['app.localhost.', 0, '::1 127.0.0.1'],
    ['a.b.c.localhost', 0, '::1 127.0.0.1'],
    ['APP.LocalHost', 0, '::1 127.0.0.1'],
    ['localhost.', 0, '::1 127.0.0.1'],
    ['localhost.', 4, '127.0.0.1'],
    ['_a.xn--bcher-kva.localhost', 0, '::1 127.0.0.1'],
  ])('%s, family %i', async (host, family, addresses) => {
    const asked = answerWith(async () => [address('192.0.2.1')]);
    for (const lifetime of [0, HOUR]) {
      const found = await ask(new Resolver(), lifetime, host, family);
      expect(found.map((one) => one.address).join(' ')).toBe(addresses);
    }
    expect(asked).not.toHaveBeenCalled();
  });

  test.each([
    // The hosts file has it, and the machine's owner may have changed it.
    'localhost',
    'notlocalhost',
    'not-localhost.',
    'localhost.test',
    'localhost.localdomain',
    'app.localhost.test',
    // No names of DNS: whoever is asked says so.
    '.localhost',
    'a..localhost',
    'app.localhost..',
  ])('but %s is asked for', async (host) => {
    const asked = answerWith(async () => [LOOPBACK]);
    expect(await ask(new Resolver(), HOUR, host)).toEqual([LOOPBACK]);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

describe('addresses are tried in the order of the system, the families in turn', () => {
  test.each<[string, string]>([
    ['1.1.1.1', '1.1.1.1'],
    ['::1 1.1.1.1', '::1 1.1.1.1'],
    ['::1 ::2 1.1.1.1 2.2.2.2', '::1 1.1.1.1 ::2 2.2.2.2'],
    ['1.1.1.1 2.2.2.2 3.3.3.3 ::1', '1.1.1.1 ::1 2.2.2.2 3.3.3.3'],
    ['::1 1.1.1.1 2.2.2.2 3.3.3.3', '::1 1.1.1.1 2.2.2.2 3.3.3.3'],
    ['::2 ::1 ::3', '::2 ::1 ::3'],
  ])('%s: %s', async (given, order) => {
    const asked = answerWith(async () => given.split(' ').map(address));
    const addresses = await ask(new Resolver(), HOUR, 'many.test', 0);
    expect(addresses.map((one) => one.address).join(' ')).toBe(order);
    expect(asked).toHaveBeenCalledWith('many.test', { all: true, family: 0, order: 'verbatim' });
  });
});

describe('a look-up that fails', () => {
  test('is not kept', async () => {
    const resolver = new Resolver();
    for (let round = 1; round <= 2; round++) {
      await expect(ask(resolver, HOUR, '127.1', 6)).rejects.toHaveProperty('syscall', 'getaddrinfo');
      expect(lookups).toBe(round);
    }
  });

  test('does so for all who wait', async () => {
    const resolver = new Resolver();
    const askers = [ask(resolver, HOUR, '127.1', 6), ask(resolver, HOUR, '127.1', 6)];
    for (const asker of askers) await expect(asker).rejects.toHaveProperty('syscall', 'getaddrinfo');
    expect(lookups).toBe(1);
  });

  test('is one that finds no address', async () => {
    answerWith(async () => []);
    for (const lifetime of [0, HOUR]) {
      await expect(ask(new Resolver(), lifetime)).rejects.toHaveProperty('code', 'ENOTFOUND');
    }
  });
});

describe('a look-up that hangs', () => {
  const late = () => new ConnectionError('RESOLVE_TIMEOUT', 'no answer');
  const hasty = (resolver: Resolver, lifetime: number) =>
    limited(1, late, new AbortController().signal, () => ask(resolver, lifetime));

  test.each([0, HOUR])('and fails when nobody waits any more hurts nobody; lifetime %i', async (lifetime) => {
    const resolver = new Resolver();
    let fail = (_error: Error): void => {};
    answerWith(() => new Promise((_resolve, reject) => (fail = reject)));
    for (let asker = 0; asker < 3; asker++) {
      await expect(hasty(resolver, lifetime)).rejects.toHaveProperty('code', 'RESOLVE_TIMEOUT');
    }
    // An unhandled rejection would fail the whole file.
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
    restore();
    expect(await ask(resolver, lifetime)).toEqual([LOOPBACK]);
  });

  test('is shared by those who come later: it takes one of the few threads of the process', async () => {
    const resolver = new Resolver();
    let answer = (_addresses: LookupAddress[]): void => {};
    const asked = answerWith(() => new Promise((resolve) => (answer = resolve)));
    await expect(hasty(resolver, HOUR)).rejects.toHaveProperty('code', 'RESOLVE_TIMEOUT');
    const later = ask(resolver);
    answer([address('127.0.0.9')]);
    expect(await later).toEqual([address('127.0.0.9')]);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

describe('an answer that is forgotten', () => {
  test('is asked for anew, whatever the family and the lifetime', async () => {
    const resolver = new Resolver();
    await ask(resolver, 1000, '127.1', 0);
    await ask(resolver, HOUR, '127.2');
    const bad = await ask(resolver, HOUR, '127.1');
    resolver.forget(bad);
    lookups = 0;
    await ask(resolver, HOUR, '127.2');
    expect(lookups).toBe(0);
    await ask(resolver, HOUR, '127.1');
    await ask(resolver, 1000, '127.1', 0);
    expect(lookups).toBe(2);
  });

  test('is so once: what was answered since then stays', async () => {
    const resolver = new Resolver();
    const bad = await ask(resolver);
    resolver.forget(bad);
    const next = await ask(resolver);
    for (let round = 0; round < 3; round++) resolver.forget(bad);
    expect(await ask(resolver)).toBe(next);
    expect(lookups).toBe(2);
  });

  test('may be none of DNS, or one that was not kept', async () => {
    const resolver = new Resolver();
    for (const host of ['127.0.0.1', 'app.localhost', '127.1']) resolver.forget(await ask(resolver, 0, host));
    const kept = await ask(resolver);
    resolver.forget(await ask(resolver, 0));
    expect(await ask(resolver)).toBe(kept);
  });
});

describe('dnsLifetime', () => {
  /** Connects four times, and a client of its own once; all on one thread. Returns the number of look-ups. */
  async function count(port: number, options: HTTPClientOptions): Promise<number> {
    const script = `import('tickhttp').then(({ HTTPClient, WorkerPool }) => {
      const pool = new WorkerPool({ threads: 1 });
      const one = new HTTPClient({ ...${JSON.stringify(options)}, pool });
      const another = new HTTPClient({ ...${JSON.stringify(options)}, pool });
      for (const http of [one, one, one, one, another]) {
        http.blockingModeEnabled = true;
        http.connectToHost('some.test', ${port});
        http.poll();
        console.log(http.getStatus(), http.getLastError());
      }
    })`;
    const names = new URL('../../../support/scripts/names.mjs', import.meta.url).href;
    const { stdout, stderr } = await runScript('', { nodeArgs: ['--eval', script], workerPreload: names });
    expect(stdout, stderr).toBe('5 null\n'.repeat(5));
    return [...stderr.matchAll(/^lookup some\.test$/gm)].length;
  }

  test.for<[HTTPClientOptions, number]>([
    [{}, 1],
    [{ dnsLifetime: HOUR }, 1],
    [{ dnsLifetime: 0 }, 5],
  ])('%o: look-ups for five connections', async ([options, times], { servers }) => {
    const server = await servers.http();
    expect(await count(server.port, options)).toBe(times);
    await server.connected(4);
    expect(server.counts.connections).toBe(5);
  });
});
