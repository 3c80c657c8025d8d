import { ErrorCode, HTTPRequest, Result, Signal, tick } from 'tickhttp';
import { describe, expect } from 'vitest';
import { turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { heardBy, tickUntil } from '../../support/requests.ts';
import { type Servers, test } from '../../support/servers.ts';

/** Requests that are complete and not told: the next tick() tells all of them. */
async function complete(servers: Servers, count: number): Promise<HTTPRequest[]> {
  const server = await servers.http();
  const all = Array.from({ length: count }, () => new HTTPRequest());
  for (const http of all) {
    http.requestCompleted.connect(() => {});
    http.request(server.url('/bytes/3'));
  }
  await Promise.all(all.map((http) => http.completed()));
  return all;
}

/** What `tick()` throws, null if nothing. */
function thrownBy(act: () => void): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

describe('handlers that throw', () => {
  test('keep none from being called; tick() throws the first exception, once', async ({ servers }) => {
    const all = await complete(servers, 3);
    const told: number[] = [];
    for (const [index, http] of all.entries()) {
      http.requestCompleted.connect(() => {
        throw new Error(`handler ${index}`);
      });
      http.requestCompleted.connect(() => told.push(index));
    }
    expect(thrownBy(tick)).toEqual(new Error('handler 0'));
    expect(told).toEqual([0, 1, 2]);
    expect(thrownBy(tick)).toBeNull();
    expect(told).toHaveLength(3);
  });

  test('the same for poll(), of progress and of both signals', async ({ servers }) => {
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const told: string[] = [];
    http.progress.connect(() => {
      told.push('progress');
      throw new Error('progress');
    });
    http.requestCompleted.connect(() => {
      told.push('completed');
      throw new Error('completed');
    });
    expect(thrownBy(() => http.poll())).toEqual(new Error('progress'));
    expect(told).toEqual(['progress', 'completed']);
    expect(http.poll()).toBe(ErrorCode.OK);
    expect(told).toHaveLength(2);
  });

  test('in a poll() that another handler makes: who began the outer one gets it', async ({ servers }) => {
    const [one = new HTTPRequest(), other = new HTTPRequest()] = await complete(servers, 2);
    const told: unknown[] = [];
    one.requestCompleted.connect(() => {
      throw new Error('of the outer poll');
    });
    one.requestCompleted.connect(() => told.push(thrownBy(() => other.poll())));
    other.requestCompleted.connect(() => told.push('other'));
    other.requestCompleted.connect(() => told.push('deferred'), Signal.CONNECT_DEFERRED);
    one.requestCompleted.connect(() => told.push('last'));
    expect(thrownBy(() => one.poll())).toEqual(new Error('of the outer poll'));
    expect(told).toEqual(['other', null, 'last', 'deferred']);
  });
});

describe('a tick() inside a handler does nothing', () => {
  test.for([
    ['of tick()', 0, tick],
    ['of tick(), deferred', Signal.CONNECT_DEFERRED, tick],
    ['of poll()', 0, null],
    ['of poll(), deferred', Signal.CONNECT_DEFERRED, null],
  ] as const)('%s', async ([, flags, outer], { servers }) => {
    const send = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx';
    const server = await servers.raw([{ expectHead: true }, { waitFor: 'go' }, { send }]);
    const [one = new HTTPRequest(), other = new HTTPRequest()] = await complete(servers, 2);
    const late = new HTTPRequest();
    const heard = heardBy(late);
    late.request(server.url());
    const told: string[] = [];
    one.requestCompleted.connect(() => {
      // Another one is complete then, and waits for the next tick().
      server.release('go');
      while (late.isBusy()) one.poll();
      const before = told.length;
      tick();
      expect(told).toHaveLength(before);
      told.push('one');
    }, flags);
    other.requestCompleted.connect(() => told.push('other'));
    if (outer) outer();
    else one.poll();
    expect([...told].sort()).toEqual(outer ? ['one', 'other'] : ['one']);
    expect(heard).toEqual([]);
    tick();
    expect([...told].sort()).toEqual(['one', 'other']);
    expect(heard).toHaveLength(1);
  });
});

describe('a handler may', () => {
  test('poll any other, whose signal comes there, and once', async ({ servers }) => {
    const [one = new HTTPRequest(), other = new HTTPRequest()] = await complete(servers, 2);
    const told: string[] = [];
    one.requestCompleted.connect(() => {
      expect(other.poll()).toBe(ErrorCode.OK);
      told.push('one');
    });
    other.requestCompleted.connect(() => told.push('other'));
    tick();
    tick();
    expect(told).toEqual(['other', 'one']);
  });

  test('cancel others: those that are complete too are not told', async ({ servers }) => {
    const all = await complete(servers, 4);
    const told: number[] = [];
    for (const [index, http] of all.entries()) {
      http.requestCompleted.connect(() => {
        told.push(index);
        for (const victim of all) if (victim !== http) victim.cancelRequest();
      });
    }
    tick();
    tick();
    expect(told).toEqual([0]);
  });

  test('cancel its own from its progress: the end is not told, nor that progress again', async ({
    servers,
  }) => {
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const heard = heardBy(http);
    let told = 0;
    http.progress.connect(() => {
      told += 1;
      http.cancelRequest();
    });
    tick();
    http.poll();
    tick();
    expect([told, heard]).toEqual([1, []]);
  });

  test('cancel others that are under way', async ({ servers }) => {
    const server = await servers.http();
    const [one = new HTTPRequest()] = await complete(servers, 1);
    const others = Array.from({ length: 10 }, () => new HTTPRequest());
    const heard = others.map(heardBy);
    for (const http of others) http.request(server.url('/hang'));
    one.requestCompleted.connect(() => {
      for (const http of others) http.cancelRequest();
    });
    tick();
    expect(others.map((http) => http.isBusy())).toEqual(Array(10).fill(false));
    for (const http of others) http.request(server.url('/bytes/1'));
    await tickUntil(() => heard.every((told) => told.length === 1));
    expect(heard.flat().map(({ result }) => result)).toEqual(Array(10).fill(Result.SUCCESS));
  });

  test('request again, its own object and others that wait to be told: those are not told', async ({
    servers,
  }) => {
    const server = await servers.http();
    const [one = new HTTPRequest(), other = new HTTPRequest()] = await complete(servers, 2);
    const codes: [string, number][] = [];
    let first = true;
    one.requestCompleted.connect((_result, code) => {
      codes.push(['one', code]);
      if (!first) return;
      first = false;
      expect(one.request(server.url('/status/201'))).toBe(ErrorCode.OK);
      expect(other.request(server.url('/status/202'))).toBe(ErrorCode.OK);
    });
    other.requestCompleted.connect((_result, code) => codes.push(['other', code]));
    tick();
    expect(codes).toEqual([['one', 200]]);
    await tickUntil(() => codes.length === 3);
    expect(codes.slice(1).sort()).toEqual([
      ['one', 201],
      ['other', 202],
    ]);
  });

  test('request where its arguments are bad: that is refused there', async ({ servers }) => {
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const errors: ErrorCode[] = [];
    http.requestCompleted.connect(() => errors.push(http.request('gopher://x')));
    tick();
    tick();
    expect(errors).toEqual([ErrorCode.ERR_INVALID_PARAMETER]);
    expect(await http.completed()).toMatchObject({ result: Result.REQUEST_FAILED });
  });

  test('connect and disconnect: who is connected there hears of the next one', async ({ servers }) => {
    const server = await servers.http();
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const told: string[] = [];
    const leaving = () => told.push('leaving');
    const late = () => told.push('late');
    http.requestCompleted.connect(() => {
      http.requestCompleted.disconnect(leaving);
      http.requestCompleted.connect(late);
    });
    http.requestCompleted.connect(leaving);
    tick();
    expect(told).toEqual([]);
    http.request(server.url('/bytes/1'));
    await tickUntil(() => told.length > 0);
    expect(told).toEqual(['late']);
  });

  test('await what it has started', async ({ servers }) => {
    const server = await servers.http();
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const codes: number[] = [];
    let awaiting: Promise<void> | null = null;
    const once = async (): Promise<void> => {
      for (const code of [201, 202, 203]) {
        http.request(server.url(`/status/${code}`));
        codes.push((await http.completed()).responseCode);
      }
    };
    http.requestCompleted.connect(() => {
      awaiting ??= once();
    });
    await tickUntil(() => codes.length === 3);
    await awaiting;
    expect(codes).toEqual([201, 202, 203]);
  });
});

describe('flags', () => {
  test('CONNECT_DEFERRED: behind all others of that tick(); CONNECT_ONE_SHOT: once', async ({ servers }) => {
    const server = await servers.http();
    const all = await complete(servers, 2);
    const told: string[] = [];
    for (const [index, http] of all.entries()) {
      const { requestCompleted } = http;
      requestCompleted.connect(() => told.push(`deferred ${index}`), Signal.CONNECT_DEFERRED);
      requestCompleted.connect(() => told.push(`once ${index}`), Signal.CONNECT_ONE_SHOT);
      requestCompleted.connect(() => told.push(`plain ${index}`));
    }
    tick();
    expect(told).toEqual(['once 0', 'plain 0', 'once 1', 'plain 1', 'deferred 0', 'deferred 1']);
    for (const http of all) http.request(server.url('/bytes/1'));
    await tickUntil(() => told.length === 10);
    expect(told.slice(6).filter((what) => what.startsWith('once'))).toEqual([]);
  });

  test('a deferred handler may request again, and throw', async ({ servers }) => {
    const server = await servers.http();
    const [http = new HTTPRequest()] = await complete(servers, 1);
    const codes: number[] = [];
    http.requestCompleted.connect((_result, code) => {
      codes.push(code);
      if (codes.length === 1) http.request(server.url('/status/203'));
      throw new Error(`after ${code}`);
    }, Signal.CONNECT_DEFERRED);
    expect(thrownBy(tick)).toEqual(new Error('after 200'));
    const thrown: unknown[] = [];
    for (const end = performance.now() + PATIENCE; codes.length < 2 && performance.now() < end; await turn())
      thrown.push(thrownBy(tick));
    expect(thrown.filter((error) => error !== null)).toEqual([new Error('after 203')]);
  });
});

test('what completes while tick() runs is told by the next', async ({ servers }) => {
  const server = await servers.http();
  const [one = new HTTPRequest()] = await complete(servers, 1);
  const other = new HTTPRequest();
  const heard = heardBy(other);
  let told = 0;
  one.requestCompleted.connect(() => {
    told += 1;
    other.request(server.url('/bytes/5'));
    // Its answer comes here, and this handler looks until it has come.
    while (other.isBusy()) one.poll();
    expect(heard).toEqual([]);
  });
  tick();
  expect([told, heard]).toEqual([1, []]);
  tick();
  expect(heard).toMatchObject([{ result: Result.SUCCESS }]);
});

test('a handler that is connected after completed() has settled is told by the next tick()', async ({
  servers,
}) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  http.request(server.url('/bytes/5'));
  await http.completed();
  const heard = heardBy(http);
  tick();
  tick();
  expect(heard).toHaveLength(1);
});
