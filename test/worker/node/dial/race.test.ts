import { getEventListeners } from 'node:events';
import { connect, Socket } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { race } from '../../../../src/worker/node/dial/race.ts';
import { type Address, type Servers, test } from '../../../support/servers.ts';
import { within } from '../../../support/within.ts';

interface Contender {
  readonly socket: Socket;
}

/** What `race` waits before it tries the next address as well. */
const ATTEMPT_DELAY = 250;

/** Every socket of a test, in the order of the attempts. */
const opened: Socket[] = [];
const open = (address: Address): Contender => keep(connect(address));
function keep(socket: Socket): Contender {
  opened.push(socket);
  return { socket };
}

let controller: AbortController;
beforeEach(() => {
  controller = new AbortController();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

/** The winner. However the race ends, nothing of it stays: no other socket, no listener, no timer. */
async function run(addresses: readonly Address[], contend = open): Promise<Socket> {
  let winner: Socket | null = null;
  try {
    const running = race(addresses, contend, controller.signal);
    winner = (await within(20_000, () => 'the end of the race', running)).socket;
    return winner;
  } finally {
    expect(opened.filter((socket) => socket !== winner && !socket.destroyed)).toEqual([]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    const attempts = opened.length;
    if (attempts < addresses.length) await afterTimers();
    expect(opened).toHaveLength(attempts);
  }
}

/** Node fires timers of the same length in their order: one that the race has left would have opened a socket by then. */
async function afterTimers(): Promise<void> {
  await wait(ATTEMPT_DELAY);
  await turn();
}

async function refusing(servers: Servers, host = '127.0.0.1'): Promise<Address> {
  return { host, port: await servers.refusedPort(host) };
}

describe('of several addresses', () => {
  test('one that answers wins, though the one before never does', async ({ servers }) => {
    const silent = await servers.silent({ full: true });
    const server = await servers.http();
    const start = performance.now();
    expect((await run([silent, server])).remotePort).toBe(server.port);
    expect(performance.now() - start).toBeGreaterThan(ATTEMPT_DELAY - 10);
    expect(opened).toHaveLength(2);
  });

  test('the next is tried at once when one refuses', async ({ servers }) => {
    const refused = await refusing(servers);
    const server = await servers.http({ host: '::1' });
    // With the delay between them, these would take as long again as `run` waits.
    const many = Array.from({ length: 80 }, () => refused);
    expect((await run([...many, server])).remotePort).toBe(server.port);
    expect(opened).toHaveLength(81);
  });

  test('the second is not tried when the first answers', async ({ servers }) => {
    const addresses = [await servers.http(), await servers.http()];
    expect((await run(addresses)).remotePort).toBe(addresses[0]?.port);
    expect(opened).toHaveLength(1);
  });

  test('the first wins though it answers after the second was tried: no attempt is given up', async ({
    servers,
  }) => {
    const server = await servers.http();
    const silent = await servers.silent({ full: true });
    const first = new Socket();
    const winner = await run([server, silent], (address) => {
      if (address === server) return keep(first);
      first.connect(server);
      return open(address);
    });
    expect(winner).toBe(first);
    expect(opened).toHaveLength(2);
  });

  test('of two that connect at the same time one stays', async ({ servers }) => {
    const addresses = [await servers.raw([{ hold: true }]), await servers.raw([{ hold: true }])] as const;
    const first = new Socket();
    const winner = await run(addresses, (address) => {
      if (address === addresses[0]) return keep(first);
      first.connect(addresses[0]);
      const second = open(address);
      // Node connects in the next tick. Then both are connected when this thread looks again.
      process.nextTick(() => {
        for (const server of addresses) server.blockUntil('it', ({ connections }) => connections === 1);
      });
      return second;
    });
    const [won, lost] = winner === first ? addresses : addresses.toReversed();
    await lost?.ended();
    expect((await won?.connected())?.events).toEqual(['connected']);
  });

  test('all refuse: their errors, in order', async ({ servers }) => {
    const addresses = [await refusing(servers), await refusing(servers, '::1')];
    const errors = addresses.map(({ port }) => expect.objectContaining({ code: 'ECONNREFUSED', port }));
    await expect(run(addresses)).rejects.toMatchObject({ errors });
  });

  test('one cannot even be tried: the others are', async ({ servers }) => {
    const server = await servers.http();
    const wrong = { ...server, port: 65_536 };
    expect((await run([wrong, wrong, server])).remotePort).toBe(server.port);
  });
});

describe('of one address', () => {
  test('the connection', async ({ servers }) => {
    const server = await servers.http();
    const socket = await run([server]);
    expect([socket.remotePort, socket.listenerCount('connect')]).toEqual([server.port, 0]);
    // What happens to it before its owner listens is no uncaught error.
    expect(() => socket.emit('error', new Error('later'))).not.toThrow();
  });

  test('the error', async ({ servers }) => {
    const refused = await refusing(servers);
    await expect(run([refused])).rejects.toMatchObject({ code: 'ECONNREFUSED', port: refused.port });
    await expect(run([{ ...refused, port: 65_536 }])).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });
});

test('of no address: an error', async () => {
  await expect(run([])).rejects.toMatchObject({ code: 'NO_ADDRESS' });
});

describe('a race that is called off', () => {
  const reason = new Error('called off');

  test.for([1, 2])(
    'rejects with the reason and leaves no socket, after %i attempts',
    async (attempts, { servers }) => {
      const silent = await servers.silent({ full: true });
      const running = run([silent, silent, silent], (address) => {
        if (opened.length === attempts - 1) setImmediate(() => controller.abort(reason));
        return open(address);
      });
      await expect(running).rejects.toBe(reason);
      expect(opened).toHaveLength(attempts);
    },
  );

  test('before it has begun tries nothing', async ({ servers }) => {
    controller.abort(reason);
    await expect(run([await servers.http()])).rejects.toBe(reason);
    expect(opened).toEqual([]);
  });

  test('that is over already changes nothing', async ({ servers }) => {
    const socket = await run([await servers.http()]);
    controller.abort(reason);
    expect(socket.destroyed).toBe(false);
  });
});
