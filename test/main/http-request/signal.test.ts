import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  emit as emitIn,
  HandlerCalls,
  hasHandlers,
  newSignal,
  Signal,
} from '../../../src/main/http-request/signal.ts';
import { ErrorCode } from '../../../src/shared/error-code.ts';

const { CONNECT_DEFERRED, CONNECT_ONE_SHOT } = Signal;
const { OK, ERR_INVALID_PARAMETER } = ErrorCode;

/** One poll() that emits `signal` once. */
function emit<A extends unknown[]>(signal: Signal<A>, ...args: A): void {
  const calls = new HandlerCalls();
  emitIn(calls, signal, args);
  calls.finish();
}

/** A signal, and handlers with names, which write down that they were called and with what. */
function setUp() {
  const signal = newSignal<[number]>();
  const log: string[] = [];
  const handler =
    (name: string, act = () => {}) =>
    (value: number) => {
      log.push(`${name}${value}`);
      act();
    };
  return { signal, log, handler };
}

describe('connecting', () => {
  test('a handler is called each time, with all arguments and without this', () => {
    const signal = newSignal<[number, string]>();
    const said: unknown[] = [];
    signal.connect(function (this: unknown, ...args) {
      said.push([this, ...args]);
    });
    emit(signal, 1, 'a');
    emit(signal, 2, 'b');
    expect(said).toEqual([
      [undefined, 1, 'a'],
      [undefined, 2, 'b'],
    ]);
  });

  test('handlers are called in the order in which they were connected', () => {
    const { signal, log, handler } = setUp();
    for (const name of 'bca') expect(signal.connect(handler(name))).toBe(OK);
    emit(signal, 1);
    expect(log).toEqual(['b1', 'c1', 'a1']);
  });

  test('the same one twice is ERR_INVALID_PARAMETER, whatever the flags, and it is called once', () => {
    const { signal, log, handler } = setUp();
    const a = handler('a');
    expect(signal.connect(a)).toBe(OK);
    for (const flags of [0, CONNECT_DEFERRED, CONNECT_ONE_SHOT])
      expect(signal.connect(a, flags)).toBe(ERR_INVALID_PARAMETER);
    emit(signal, 1);
    emit(signal, 2);
    expect(log).toEqual(['a1', 'a2']);
  });

  test('one may be connected to two signals, and again when it was disconnected', () => {
    const { signal, log, handler } = setUp();
    const other = newSignal<[number]>();
    const a = handler('a');
    expect([signal.connect(a), other.connect(a)]).toEqual([OK, OK]);
    signal.disconnect(a);
    expect([signal.isConnected(a), other.isConnected(a)]).toEqual([false, true]);
    emit(signal, 1);
    expect(signal.connect(a)).toBe(OK);
    emit(signal, 2);
    emit(other, 3);
    expect(log).toEqual(['a2', 'a3']);
  });

  test('disconnecting one leaves the others, in their order', () => {
    const { signal, log, handler } = setUp();
    const b = handler('b');
    signal.connect(handler('a'));
    signal.connect(b);
    signal.connect(handler('c'));
    signal.disconnect(b);
    emit(signal, 1);
    expect(log).toEqual(['a1', 'c1']);
  });

  test('disconnecting one that is not connected does nothing', () => {
    const { signal, log, handler } = setUp();
    signal.connect(handler('a'));
    signal.disconnect(handler('a'));
    emit(signal, 1);
    expect(log).toEqual(['a1']);
  });

  test.each([2, 3, 8, 6, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 53])(
    'flags that Signal does not have are ERR_INVALID_PARAMETER: %d',
    (flags) => {
      const { signal, handler } = setUp();
      const a = handler('a');
      expect(signal.connect(a, flags)).toBe(ERR_INVALID_PARAMETER);
      expect(signal.isConnected(a)).toBe(false);
    },
  );

  test.each(['connect', 'disconnect', 'isConnected'])('%s() without a function is a TypeError', (name) => {
    const { signal } = setUp();
    const call = (value: unknown) => () => Reflect.apply(Reflect.get(signal, name), signal, [value]);
    expect(call(undefined)).toThrow(new TypeError('callable must be a function, not undefined'));
    expect(call({})).toThrow(new TypeError('callable must be a function, not an object of class Object'));
    expect(call('a secret')).toThrow(new TypeError('callable must be a function, not a string'));
    expect(hasHandlers(signal)).toBe(false);
  });

  test.each(['1', null, 0.5, Number.NaN])('flags that are no whole number are a TypeError: %s', (flags) => {
    const { signal, handler } = setUp();
    const connect = () => Reflect.apply(signal.connect, signal, [handler('a'), flags]);
    expect(connect).toThrow(TypeError);
    expect(connect).toThrow('flags must be a whole number, not ');
    expect(hasHandlers(signal)).toBe(false);
  });
});

describe('CONNECT_ONE_SHOT', () => {
  test('is called once, and is disconnected already when it is called', () => {
    const { signal, log, handler } = setUp();
    const connected: boolean[] = [];
    const a = handler('a', () => connected.push(signal.isConnected(a)));
    signal.connect(a, CONNECT_ONE_SHOT);
    expect(signal.isConnected(a)).toBe(true);
    emit(signal, 1);
    emit(signal, 2);
    expect([log, connected, hasHandlers(signal)]).toEqual([['a1'], [false], false]);
  });

  test('may connect itself again, and is not called again by a signal inside its call', () => {
    const { signal, log, handler } = setUp();
    const again = [() => emit(signal, 2), () => void signal.connect(a, CONNECT_ONE_SHOT)];
    const a = handler('a', () => again.shift()?.());
    signal.connect(a, CONNECT_ONE_SHOT);
    emit(signal, 1);
    expect(log).toEqual(['a1']);
    signal.connect(a, CONNECT_ONE_SHOT);
    emit(signal, 3);
    emit(signal, 4);
    expect(log).toEqual(['a1', 'a3', 'a4']);
  });

  test('is called once when it is deferred, too, though the signal was emitted twice', () => {
    const { signal, log, handler } = setUp();
    const connected: boolean[] = [];
    const a = handler('a', () => connected.push(signal.isConnected(a)));
    signal.connect(a, CONNECT_ONE_SHOT | CONNECT_DEFERRED);
    const calls = new HandlerCalls();
    emitIn(calls, signal, [1]);
    expect([log, signal.isConnected(a)]).toEqual([[], true]);
    emitIn(calls, signal, [2]);
    calls.finish();
    expect([log, connected]).toEqual([['a1'], [false]]);
  });
});

describe('CONNECT_DEFERRED', () => {
  test('is called at the end, behind the handlers of all signals', () => {
    const { signal, log, handler } = setUp();
    const other = newSignal<[number]>();
    signal.connect(handler('late'), CONNECT_DEFERRED);
    signal.connect(handler('a'));
    other.connect(handler('later'), CONNECT_DEFERRED);
    other.connect(handler('b'));
    const calls = new HandlerCalls();
    emitIn(calls, signal, [1]);
    emitIn(calls, other, [2]);
    expect(log).toEqual(['a1', 'b2']);
    calls.finish();
    expect(log).toEqual(['a1', 'b2', 'late1', 'later2']);
    calls.finish();
    expect(log).toHaveLength(4);
  });

  test('is not called when it was disconnected meanwhile, also by another that is deferred', () => {
    const { signal, log, handler } = setUp();
    const [b, c] = [handler('b'), handler('c')];
    signal.connect(
      handler('a', () => signal.disconnect(c)),
      CONNECT_DEFERRED,
    );
    signal.connect(b, CONNECT_DEFERRED);
    signal.connect(c, CONNECT_DEFERRED);
    const calls = new HandlerCalls();
    emitIn(calls, signal, [1]);
    signal.disconnect(b);
    calls.finish();
    expect(log).toEqual(['a1']);
  });

  test('of a poll() inside a handler is called at the end of that one', () => {
    const { signal, log, handler } = setUp();
    const inner = newSignal<[number]>();
    inner.connect(handler('inner'), CONNECT_DEFERRED);
    signal.connect(handler('late'), CONNECT_DEFERRED);
    signal.connect(handler('a', () => emit(inner, 7)));
    signal.connect(handler('b'));
    emit(signal, 1);
    expect(log).toEqual(['a1', 'inner7', 'b1', 'late1']);
  });
});

describe('handlers are called from a snapshot', () => {
  test('one that was disconnected meanwhile is not called', () => {
    const { signal, log, handler } = setUp();
    const b = handler('b');
    signal.connect(handler('a', () => signal.disconnect(b)));
    signal.connect(b);
    signal.connect(handler('c'));
    emit(signal, 1);
    expect(log).toEqual(['a1', 'c1']);
  });

  test('one that was connected meanwhile is called the next time', () => {
    const { signal, log, handler } = setUp();
    const b = handler('b');
    signal.connect(handler('a', () => void signal.connect(b)));
    emit(signal, 1);
    expect(log).toEqual(['a1']);
    emit(signal, 2);
    expect(log).toEqual(['a1', 'a2', 'b2']);
  });

  test('one that was disconnected and connected again meanwhile is called the next time', () => {
    const { signal, log, handler } = setUp();
    const b = handler('b');
    const reconnect = () => {
      signal.disconnect(b);
      signal.connect(b);
    };
    signal.connect(handler('a', reconnect), CONNECT_ONE_SHOT);
    signal.connect(b);
    emit(signal, 1);
    emit(signal, 2);
    expect(log).toEqual(['a1', 'b2']);
  });

  test('one that disconnects itself leaves out none', () => {
    const { signal, log, handler } = setUp();
    const a = handler('a', () => signal.disconnect(a));
    signal.connect(a);
    signal.connect(handler('b'));
    emit(signal, 1);
    emit(signal, 2);
    expect(log).toEqual(['a1', 'b1', 'b2']);
  });
});

describe('handlers that throw', () => {
  const fail = (value: unknown) => () => {
    throw value;
  };

  test('keep no other from being called, of no signal, and the first exception is thrown at the end', () => {
    const { signal, log, handler } = setUp();
    const other = newSignal<[number]>();
    const first = new Error('first');
    signal.connect(handler('late', fail(new Error('third'))), CONNECT_DEFERRED);
    signal.connect(handler('a', fail(first)));
    signal.connect(handler('b', fail(new Error('second'))));
    other.connect(handler('c'));
    other.connect(handler('later'), CONNECT_DEFERRED);
    const calls = new HandlerCalls();
    emitIn(calls, signal, [1]);
    emitIn(calls, other, [2]);
    expect(() => calls.finish()).toThrow(first);
    expect(log).toEqual(['a1', 'b1', 'c2', 'late1', 'later2']);
    // That was all.
    calls.finish();
    expect(log).toHaveLength(5);
  });

  test('may throw anything, nothing as well', () => {
    for (const value of [undefined, null, 0, 'text']) {
      const { signal } = setUp();
      signal.connect(fail(value));
      const caught = vi.fn();
      try {
        emit(signal, 1);
      } catch (error) {
        caught(error);
      }
      expect(caught.mock.calls).toEqual([[value]]);
    }
  });

  test('in a poll() inside a handler throw out of that one', () => {
    const { signal, log, handler } = setUp();
    const inner = newSignal<[number]>();
    inner.connect(fail(new Error('inner')));
    signal.connect(handler('a', () => expect(() => emit(inner, 7)).toThrow('inner')));
    emit(signal, 1);
    expect(log).toEqual(['a1']);
  });
});

test('a signal without handlers costs no memory when it is emitted', () => {
  const { signal, handler } = setUp();
  const a = handler('a');
  // Not only one that never had any.
  signal.connect(a);
  signal.disconnect(a);
  const calls = new HandlerCalls();
  const args: [number] = [1];
  const EMISSIONS = 100_000;
  let least = Number.POSITIVE_INFINITY;
  // The first rounds are the compiler's.
  for (let round = 0; round < 50 && least > EMISSIONS / 5; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let emission = 0; emission < EMISSIONS; emission++) {
      if (hasHandlers(signal)) throw new Error('it has a handler');
      emitIn(calls, signal, args);
      calls.finish();
    }
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  expect(least / EMISSIONS).toBeLessThan(0.25);
});

test('only the library can emit one, and printing it shows no handler', () => {
  const { signal, handler } = setUp();
  signal.connect(handler('a'), CONNECT_DEFERRED);
  expect(inspect(signal, { depth: null, getters: true, showHidden: true })).toBe('Signal {}');
  expect(JSON.stringify(signal)).toBe('{}');
  const members = ['connect', 'constructor', 'disconnect', 'isConnected'];
  expect(Reflect.ownKeys(Signal.prototype).sort()).toEqual(members);
  expect(Reflect.ownKeys(signal)).toEqual([]);
});
