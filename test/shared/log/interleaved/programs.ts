import { expect } from 'vitest';
import { Ending, HEADER_BYTES, RecordType, recordEnd, Word } from '../../../../src/shared/log/layout.ts';
import { Inbox, Outbox } from '../../../../src/shared/log/outbox.ts';
import { LogReader } from '../../../../src/shared/log/reader.ts';
import { LogWriter } from '../../../../src/shared/log/writer.ts';
import type { Program } from './explore.ts';
import type { SteppedMemory } from './stepped-memory.ts';

/** What the two sides say to each other in messages. */
const Message = { WAKE: 1, REQUEST: 2, CONNECT: 3, GIVE: 4, ANSWER: 5 } as const;

type Pieces = readonly number[];

const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, length) => sum + length, 0);

/** Bytes of the body of connection `epoch`: never 0, and none like its neighbours. */
function body(epoch: number, start: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => 1 + ((epoch * 97 + start + index) % 250));
}

/** Waits where a worker stops its socket. True: the caller has connected anew. */
function awaitRoom(memory: SteppedMemory, log: LogWriter, bytes: number): boolean {
  while (log.free() < bytes) {
    const message = log.park() ? memory.receive() : memory.look();
    if (message === Message.CONNECT) return true;
  }
  return false;
}

function receive(memory: SteppedMemory, wanted: number): void {
  while (memory.receive() !== wanted);
}

/** True: the caller has connected anew. */
function writeBody(memory: SteppedMemory, log: LogWriter, epoch: number, pieces: Pieces): boolean {
  let [at, open] = [0, 0];
  for (const length of pieces) {
    const start = memory.stored(Word.WRITE);
    // What goes on at the beginning of the ring has a second header.
    const wraps = memory.place(start) + HEADER_BYTES + length > memory.capacity;
    if (awaitRoom(memory, log, recordEnd(0, length) + (wraps ? HEADER_BYTES : 0))) return true;
    log.body(body(epoch, at, length), 0, length);
    at += length;
    // A worker waits a turn of its event loop before it wakes a caller for few bytes.
    if (!log.publish()) log.notify();
    // A record of its own, or it has grown the one before.
    if (memory.stored(Word.WRITE) - start >= recordEnd(0, length)) open = start;
    memory.checkpoint(epoch, at, memory.stored(Word.WRITE), open);
  }
  return awaitRoom(memory, log, HEADER_BYTES);
}

function writeEnd(log: LogWriter, ending: number): void {
  log.record(RecordType.END, ending, 0);
  log.publish();
}

/** A worker that writes a body in these pieces for each request that comes over one connection. */
export function answers(...bodies: readonly Pieces[]): Program {
  return {
    name: 'writer',
    run: (memory) => {
      const log = new LogWriter(memory, 0);
      log.begin(1);
      for (const [index, pieces] of bodies.entries()) {
        if (index > 0) {
          receive(memory, Message.REQUEST);
          log.rewind();
        }
        writeBody(memory, log, index, pieces);
        writeEnd(log, index < bodies.length - 1 ? Ending.REUSABLE : Ending.OVER);
      }
    },
  };
}

/** A worker whose caller connects anew at any moment, and wants the body of the second connection. */
export function beginsAnew(pieces: Pieces): Program {
  return {
    name: 'writer',
    run: (memory) => {
      const log = new LogWriter(memory);
      log.begin(1);
      if (!writeBody(memory, log, 1, pieces)) {
        writeEnd(log, Ending.REUSABLE);
        receive(memory, Message.CONNECT);
      }
      log.begin(2);
      memory.checkpoint(2);
      writeBody(memory, log, 2, pieces);
      writeEnd(log, Ending.OVER);
    },
  };
}

/** What a caller does when the log has nothing more for now. */
export type Rest = (memory: SteppedMemory, log: LogReader) => void;

/** In blocking mode. */
export const sleeps: Rest = (_memory, log) => {
  log.wait(1);
};

/** With a main loop: it comes again, and nobody wakes it. */
export const polls: Rest = (memory, log) => {
  const { cursor } = log.unread() ?? {};
  if (log.release()) memory.send(Message.WAKE);
  else if (cursor === undefined) memory.untilChanged(Word.EPOCH, 0);
  else memory.untilChanged(Word.WRITE, cursor);
};

function check(memory: SteppedMemory, view: Uint8Array, epoch: number, at: number): void {
  if (memory.live) expect([...view]).toEqual([...body(epoch, at, view.length)]);
}

/** All that a reader of one body knows where it has nothing at hand. */
function mark(memory: SteppedMemory, log: LogReader, ...more: number[]): void {
  const { cursor = 0, left = 0, next = 0 } = log.unread() ?? {};
  memory.checkpoint(log.unread() !== null, cursor, left, next, ...more);
}

/** Takes body bytes, at most `most` at a time, until `enough` have come or the body ends. Returns their number. */
function readBody(
  memory: SteppedMemory,
  log: LogReader,
  {
    epoch,
    most,
    rest,
    enough = Number.POSITIVE_INFINITY,
  }: { epoch: number; most: number; rest: Rest; enough?: number },
): number {
  let at = 0;
  while (at < enough) {
    if (log.release()) memory.send(Message.WAKE);
    mark(memory, log, epoch, at);
    const type = log.peek();
    if (type === RecordType.NONE) rest(memory, log);
    else if (type === RecordType.BODY) {
      const view = log.borrowBody(most);
      check(memory, view, epoch, at);
      // It stays whole until the next release().
      memory.pause();
      check(memory, view, epoch, at);
      at += view.length;
    } else {
      expect(type).toBe(RecordType.END);
      log.next();
      break;
    }
  }
  return at;
}

/** A caller that asks for these bodies, one after the other. */
export function asks(most: number, rest: Rest, ...bodies: readonly Pieces[]): Program {
  return {
    name: 'reader',
    run: (memory) => {
      const log = new LogReader(memory);
      log.open(1);
      for (const [epoch, pieces] of bodies.entries()) {
        if (epoch > 0) {
          if (log.release()) memory.send(Message.WAKE);
          memory.send(Message.REQUEST);
        }
        expect(readBody(memory, log, { epoch, most, rest })).toBe(lengthOf(pieces));
      }
    },
  };
}

/** A caller that has had enough of its first connection after some bytes, and reads the second to its end. */
export function connectsAnew(enough: number, rest: Rest, pieces: Pieces): Program {
  return {
    name: 'reader',
    run: (memory) => {
      const log = new LogReader(memory);
      log.open(1);
      readBody(memory, log, { epoch: 1, most: 8, rest, enough });
      log.open(2);
      memory.send(Message.CONNECT);
      expect(readBody(memory, log, { epoch: 2, most: 8, rest })).toBe(lengthOf(pieces));
    },
  };
}

/** A worker whose caller gives the connection away: it takes back what the caller has not read. */
export function takesBack(pieces: Pieces): Program {
  return {
    name: 'writer',
    run: (memory) => {
      const log = new LogWriter(memory);
      log.begin(1);
      writeBody(memory, log, 1, pieces);
      receive(memory, Message.GIVE);
      const [cursor, left, next, at] = [
        memory.receive(),
        memory.receive(),
        memory.receive(),
        memory.receive(),
      ];
      const unread = log.unread(cursor === next && at === 0 ? null : { cursor, left, next });
      check(memory, unread, 1, at);
      expect(at + unread.length).toBe(lengthOf(pieces));
    },
  };
}

/** A caller that gives its connection away after some bytes. */
export function givesAway(enough: number, rest: Rest): Program {
  return {
    name: 'reader',
    run: (memory) => {
      const log = new LogReader(memory);
      log.open(1);
      const at = readBody(memory, log, { epoch: 1, most: 2, rest, enough });
      const { cursor, left, next } = log.unread() ?? { cursor: 0, left: 0, next: 0 };
      for (const word of [Message.GIVE, cursor, left, next, at]) memory.send(word);
    },
  };
}

/** A worker that counts what the system has taken of a stream. */
export function sends(...counts: Pieces): Program {
  return {
    name: 'writer',
    run: (memory) => {
      const log = new LogWriter(memory);
      log.begin(1);
      for (const count of counts) log.sent(count);
    },
  };
}

/** A caller that sleeps until that is so much. */
export function awaitsSent(total: number): Program {
  return {
    name: 'reader',
    run: (memory) => {
      const log = new LogReader(memory);
      log.open(1);
      for (let sent = log.sent(); sent < total; sent = log.sent()) log.waitForSent(sent, 1);
    },
  };
}

/** A caller that puts requests into the outbox, the next one when the last was answered. */
export function puts(count: number): Program {
  return {
    name: 'caller',
    run: (memory) => {
      const outbox = new Outbox(memory);
      for (let request = 0; request < count; request++) {
        if (outbox.put(`GET /${request}`, 0) === 'unseen') memory.send(Message.WAKE);
        receive(memory, Message.ANSWER);
        memory.checkpoint(request);
      }
    },
  };
}

/**
 * A worker that takes them: it looks when it is woken, and behind an answer once or twice by itself. What it does
 * then is what Spin and SpinPolicy do (src/worker).
 */
export function takes(count: number): Program {
  return {
    name: 'worker',
    run: (memory) => {
      const inbox = new Inbox(memory);
      let taken = 0;
      const look = (): void => {
        const request = inbox.take();
        if (request === null) return;
        if (memory.live) expect(new TextDecoder().decode(request)).toBe(`GET /${taken}`);
        taken += 1;
        inbox.listens(true);
        memory.send(Message.ANSWER);
        look();
        inbox.listens(false);
        look();
      };
      while (taken < count) {
        memory.checkpoint(taken);
        receive(memory, Message.WAKE);
        look();
      }
    },
  };
}
