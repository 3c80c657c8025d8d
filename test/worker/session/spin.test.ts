import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createMemory, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { Inbox } from '../../../src/shared/log/outbox.ts';
import { LogWriter } from '../../../src/shared/log/writer.ts';
import { eventLoop } from '../../../src/worker/node/event-loop.ts';
import { Spin } from '../../../src/worker/session/spin.ts';
import { SpinPolicy } from '../../../src/worker/session/spin-policy.ts';
import { takeRequest } from '../../../src/worker/session/take-request.ts';

/** Milliseconds: what counts as at once, and what does not. */
const QUICKLY = 0.1;
const SLOWLY = 5;

function listener() {
  const heard = { looks: 0, stops: 0 };
  return {
    heard,
    look: () => {
      heard.looks += 1;
    },
    stopped: () => {
      heard.stops += 1;
    },
  };
}

describe('a loop that spins', () => {
  test('lets a listener look until it stops, which it does by itself', async () => {
    const spin = new Spin(eventLoop);
    const { heard, ...guest } = listener();
    spin.listen(guest);
    while (heard.stops === 0) await turn();
    expect(heard.looks).toBeGreaterThan(0);
    const { looks } = heard;
    spin.stay();
    for (let turns = 0; turns < 1000; turns++) await turn();
    expect(heard).toEqual({ looks, stops: 1 });
  });

  test('says nothing to a listener that has left', async () => {
    const spin = new Spin(eventLoop);
    const [left, stayed] = [listener(), listener()];
    spin.listen(left);
    spin.listen(stayed);
    spin.forget(left);
    while (stayed.heard.stops === 0) await turn();
    expect(left.heard).toEqual({ looks: 0, stops: 0 });
  });
});

describe('a thread spins for a client', () => {
  /** A spin that only counts, and a clock that moves by hand. */
  function setUp(spins = true) {
    const memory = new Memory(createMemory(16_384));
    const asked = { stays: 0, listens: 0 };
    class CountingSpin extends Spin {
      override stay() {
        asked.stays += 1;
      }

      override listen() {
        asked.listens += 1;
      }
    }
    const clock = { time: 0, now: () => clock.time };
    const taken: string[] = [];
    const inbox = new Inbox(memory);
    const spinPolicy = new SpinPolicy(
      new LogWriter(memory),
      inbox,
      spins ? new CountingSpin(eventLoop) : null,
      () => taken.push(takeRequest(inbox)?.target ?? 'nothing'),
      clock,
    );
    /** A request `pause` after the last answer, and its answer after `delay`. */
    const exchange = (pause: number, delay: number) => {
      clock.time += pause;
      spinPolicy.asked();
      clock.time += delay;
      spinPolicy.completed();
    };
    return { memory, asked, spinPolicy, exchange, taken };
  }

  test('for the next request, if the last one came at once', () => {
    const { memory, asked, exchange } = setUp();
    exchange(QUICKLY, SLOWLY);
    expect([asked.listens, memory.load(Word.LISTENS)]).toEqual([0, 0]);
    exchange(QUICKLY, SLOWLY);
    expect([asked.listens, memory.load(Word.LISTENS)]).toEqual([1, 1]);
  });

  test('never where there is one core: whoever asks has to send a wake', () => {
    const { memory, exchange } = setUp(false);
    for (let request = 0; request < 3; request++) {
      exchange(QUICKLY, QUICKLY);
      expect(memory.load(Word.LISTENS)).toBe(0);
    }
  });

  test('not for the next request, if the last one came late', () => {
    const { memory, asked, exchange } = setUp();
    for (let frame = 0; frame < 3; frame++) exchange(SLOWLY, QUICKLY);
    expect([asked.listens, memory.load(Word.LISTENS)]).toEqual([0, 0]);
  });

  test('for the next answer, if the last one came at once and the caller slept', () => {
    const { memory, asked, exchange } = setUp();
    memory.store(Word.READER_WAITS, 1);
    exchange(SLOWLY, QUICKLY);
    expect(asked.stays).toBe(0);
    exchange(SLOWLY, SLOWLY);
    expect(asked.stays).toBe(1);
    exchange(SLOWLY, QUICKLY);
    expect(asked.stays).toBe(1);
  });

  test('not for the next answer, if the caller is awake and needs its core', () => {
    const { asked, exchange } = setUp();
    for (let request = 0; request < 3; request++) exchange(SLOWLY, QUICKLY);
    expect(asked.stays).toBe(0);
  });

  test('and what was put there as it went is taken', () => {
    const { memory, spinPolicy, exchange, taken } = setUp();
    exchange(QUICKLY, QUICKLY);
    exchange(QUICKLY, QUICKLY);
    spinPolicy.stopped();
    expect([memory.load(Word.LISTENS), taken]).toEqual([0, ['nothing']]);
  });
});
