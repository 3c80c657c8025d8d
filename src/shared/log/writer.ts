import { copyBytes } from '../copy.ts';
import type { Unread } from '../messages.ts';
import { putBodyLength } from './body-length.ts';
import { align, type Death, HEAD_LENGTH_BYTES, HEADER_BYTES, RecordType, recordEnd, Word } from './layout.ts';
import type { Memory } from './memory.ts';
import { copyUnread } from './unread.ts';

/**
 * The worker's half of the event log: it writes the records that the caller reads in order (reader.ts).
 *
 *        READ                  WRITE           #write      #write + header + #pending
 *         | readable by the caller | not published | header | body bytes so far |  free   (wraps round)
 *
 * - Body bytes go into the ring by `region()` and `commit()`: a socket reads, or a copy is made, straight into the
 *   region, and `commit` says how much of it was used. Bytes that are committed one after the other share a record
 *   until something else is written. So a body in tiny chunks does not cost a header for each chunk.
 * - `publish()` adds a small piece to the record before it, if that is BODY and the caller has not looked at it yet. So
 *   a caller that comes once a tick finds few records, however small the pieces were.
 * - `publish()` shows the caller everything at once; nothing is visible before. One socket read is one `publish`. A
 *   sleeping caller is woken for every record except BODY; for BODY, only when a quarter of the ring is full.
 * - The writer never waits. Its owner asks `free()` before it lets more bytes in, and asks `park()` whether to stop.
 *
 * All methods are called on one thread, which may be any. In Node it is a worker thread, where each client's session
 * has a writer, and its connection, story and valve use it. Before `begin`, only `beat`, `markDead` and `releaseMemory`
 * may be called. Nothing allocates or throws unless a method says so. What the caller has taken, and whether it sleeps,
 * may be seen late. But room that was seen stays, because the caller only makes more.
 *
 * Invariants: WRITE - READ <= capacity. A BODY payload never wraps. Only this class writes WRITE, EPOCH and
 * EPOCH_START. `begin` may move WRITE back to READ, since the caller does not look until EPOCH is the one it asked for.
 */
export class LogWriter {
  readonly #memory: Memory<ArrayBufferLike>;
  readonly #rewindFrom: number;
  #write = 0;
  /** Body bytes behind #write that have no header yet. */
  #pending = 0;
  /** The last record is BODY and published, and begins at #last: it may grow until the caller looks at it. */
  #mayGrow = false;
  #last = 0;
  /** Something else than body bytes was written since the last `publish()`. */
  #urgent = false;

  /**
   * `memory` is new, or was reset, and no other writer writes there. `rewindFrom`: bytes of the ring before which
   * {@link rewind} does nothing.
   */
  constructor(memory: Memory<ArrayBufferLike>, rewindFrom: number = REWIND_FROM) {
    this.#memory = memory;
    this.#rewindFrom = Math.max(rewindFrom, memory.capacity / 8);
  }

  /** Bytes of the ring. Constant. */
  get capacity(): number {
    return this.#memory.capacity;
  }

  /**
   * Forgets everything in the ring: from now on, the log is about connection `epoch`. The caller has opened that log or
   * a later one, and takes nothing until it sees the beginning. It can see that at once, and is woken for it.
   */
  begin(epoch: number): void {
    const memory = this.#memory;
    this.#write = align(memory.load(Word.READ));
    this.#pending = 0;
    this.#mayGrow = false;
    memory.store(Word.WRITE, this.#write);
    memory.store(Word.EPOCH_START, this.#write);
    memory.store(Word.WRITER_WAITS, 0);
    memory.store(Word.SENT, 0);
    memory.store(Word.EPOCH, epoch);
    memory.notify(Word.EPOCH);
  }

  /** Free bytes of the ring. Later headers and padding take some of them. There may be more by now. */
  free(): number {
    return this.capacity - this.#used();
  }

  #used(): number {
    const end = this.#pending === 0 ? this.#write : recordEnd(this.#write, this.#pending);
    return (end - this.#memory.load(Word.READ)) | 0;
  }

  /**
   * A piece of the ring for the next body bytes, at most `most` of them. Shorter where the ring ends, empty where it
   * is full. It can be filled until something else is written, since the caller only makes room; asking again gives
   * the same place, perhaps more of it. Allocates a view.
   */
  region(most: number): Uint8Array {
    const memory = this.#memory;
    if (this.#pending > 0 && memory.place(this.#write + HEADER_BYTES + this.#pending) === 0) this.#seal();
    const start = this.#write + HEADER_BYTES + this.#pending;
    const at = memory.place(start);
    const room = (((memory.load(Word.READ) + this.capacity) & -HEADER_BYTES) - start) | 0;
    const length = Math.max(0, Math.min(most, this.capacity - at, room));
    return memory.ring.subarray(at, at + length);
  }

  /** The first `count` bytes of the last `region()` are body. Nothing else was written since that call. */
  commit(count: number): void {
    this.#pending += count;
  }

  /**
   * Copies `bytes[start, end)` into the ring as body. The owner must have made sure that there is room: otherwise it
   * throws `RangeError`, and some of the bytes may be in the ring. Allocates two views for each piece of the ring.
   */
  body(bytes: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; ) {
      const region = this.region(end - from);
      if (region.length === 0)
        throw new RangeError(`The ring of ${this.capacity} bytes has no room for ${end - from} more.`);
      copyBytes(region, 0, bytes.subarray(from, from + region.length));
      this.commit(region.length);
      from += region.length;
    }
  }

  /**
   * Writes a record that is neither BODY nor SKIP, and copies its payload. The owner must have made sure that there is
   * room: otherwise it throws `RangeError`, and writes nothing. Allocates two views of a payload that wraps around.
   */
  record(type: RecordType, a: number, b: number, payload?: Uint8Array): void {
    const start = this.#begin(type, payload?.length ?? 0, a, b);
    if (payload) this.#copyWrapped(start, payload);
  }

  /** Writes a HEAD record, as `record()` does. Allocates nothing, unless the record wraps around the ring's end. */
  headRecord(code: number, flags: number, bodyLength: number, fields: Uint8Array): void {
    const start = this.#begin(RecordType.HEAD, HEAD_LENGTH_BYTES + fields.length, code, flags);
    putBodyLength(this.#memory.ring, this.#memory.place(start), bodyLength);
    this.#copyWrapped(start + HEAD_LENGTH_BYTES, fields);
  }

  /** Returns the cursor of the payload, which is still to be written. */
  #begin(type: RecordType, length: number, a: number, b: number): number {
    this.#seal();
    if (HEADER_BYTES + length > this.free()) {
      throw new RangeError(`The ring of ${this.capacity} bytes has no room for a record of ${length} bytes.`);
    }
    const start = this.#write + HEADER_BYTES;
    this.#memory.setHeader(this.#write, type, length, a, b);
    this.#write = recordEnd(this.#write, length);
    this.#urgent = true;
    return start;
  }

  /**
   * To be called before a response comes. If the caller has taken everything, the log goes on at the beginning of the
   * ring. So a connection with small responses uses the first pages of the ring again and again, instead of touching
   * all of them. The rest of the ring counts as used until the caller has looked, so this happens only far into the
   * ring. It needs no `publish()`, and wakes nobody.
   */
  rewind(): void {
    const place = this.#memory.place(this.#write);
    if (this.#used() !== 0 || place < this.#rewindFrom) return;
    const length = this.capacity - place - HEADER_BYTES;
    this.#memory.setHeader(this.#write, RecordType.SKIP, length, 0, 0);
    this.#write = recordEnd(this.#write, length);
    this.#memory.store(Word.WRITE, this.#write);
  }

  #copyWrapped(cursor: number, bytes: Uint8Array): void {
    const { ring, capacity } = this.#memory;
    const at = this.#memory.place(cursor);
    const first = capacity - at;
    const whole = bytes.length <= first;
    copyBytes(ring, at, whole ? bytes : bytes.subarray(0, first));
    if (!whole) copyBytes(ring, 0, bytes.subarray(first));
  }

  /** Ends the record that is being written. Whatever comes next is not part of the one before. */
  #seal(): void {
    this.#mayGrow = false;
    if (this.#pending === 0) return;
    this.#memory.setHeader(this.#write, RecordType.BODY, this.#pending, 0, 0);
    this.#write = recordEnd(this.#write, this.#pending);
    this.#pending = 0;
  }

  /** Adds the pending bytes to the record before them. Returns false, and changes nothing, if they need their own. */
  #grow(): boolean {
    const { ring, capacity } = this.#memory;
    const count = this.#pending;
    if (!this.#mayGrow || count > SMALL) return false;
    // The caller is past that record, and the pending bytes may have overwritten its header.
    if (((this.#memory.load(Word.READ) - this.#last) | 0) > 0) return false;
    if (!this.#memory.mayGrow(this.#last)) return false;
    const length = this.#memory.getLength(this.#last);
    const end = this.#memory.place(this.#last) + HEADER_BYTES + length;
    if (end + count > capacity) return false;
    const start = this.#memory.place(this.#write + HEADER_BYTES);
    ring.copyWithin(end, start, start + count);
    if (this.#memory.grow(this.#last, length, length + count)) {
      this.#write = recordEnd(this.#last, length + count);
      this.#pending = 0;
      return true;
    }
    // The caller has looked meanwhile. The move is undone, since the two places may overlap.
    ring.copyWithin(start, end, end + count);
    return false;
  }

  /**
   * Shows the caller all that was written, and wakes it if it sleeps. Returns false if the caller sleeps on, because
   * only a few body bytes are new. Then the owner has to call `notify()` when no more bytes come for the moment.
   * Otherwise the caller sleeps until its time is over.
   */
  publish(): boolean {
    if (this.#pending > 0 && !this.#grow()) {
      this.#last = this.#write;
      this.#seal();
      this.#mayGrow = true;
    }
    this.#memory.store(Word.WRITE, this.#write);
    const worthIt = this.#urgent || this.#used() >= this.capacity / 4;
    this.#urgent = false;
    if (worthIt) this.notify();
    return worthIt || !this.readerSleeps;
  }

  /** A request is about to be written: called before its first byte. The caller can see it at once. */
  asked(): void {
    this.#memory.add(Word.ASKED, 1);
  }

  /** The system has taken `count` more bytes of the stream. The caller can see it at once, and is woken for it. */
  sent(count: number): void {
    this.#memory.add(Word.SENT, count);
    this.#memory.notify(Word.SENT);
  }

  /**
   * A copy of the body bytes that the caller has not taken and never will, published or not. Other records are left
   * out. `from` is what its `LogReader.unread()` returned when the caller left the connection; null if the caller has
   * looked at nothing yet. Nothing more is written about this connection. Allocates the copy, which is no longer than
   * the ring, and a view for each record. Throws `RangeError` if there is no memory for them.
   */
  unread(from: Unread | null): Uint8Array {
    this.#seal();
    const start = this.#memory.load(Word.EPOCH_START);
    return copyUnread(this.#memory, from ?? { cursor: start, left: 0, next: start }, this.#write);
  }

  /** Wakes the caller, if it sleeps, so that it sees what was published. */
  notify(): void {
    if (this.readerSleeps) this.#memory.notify(Word.WRITE);
  }

  /**
   * To be called when there is little room. Everything in the ring must be published, or will be without a wake: the
   * caller can only free what it sees. Returns true if nothing may be let in until the caller sends a wake, which it
   * does when half the ring is free. That may be an old wake, so ask again then. Returns false if half of the ring is
   * free already (the caller may have read since the look at `free()`): read on.
   */
  park(): boolean {
    this.#memory.store(Word.WRITER_WAITS, 1);
    if (this.#used() > this.capacity / 2) {
      // The ring may hold a SKIP, for which the caller was not woken.
      this.notify();
      return true;
    }
    this.#memory.store(Word.WRITER_WAITS, 0);
    return false;
  }

  /** The caller sleeps until it is notified, or is about to. That may have changed by now. */
  get readerSleeps(): boolean {
    return this.#memory.load(Word.READER_WAITS) === 1;
  }

  /** The thread's event loop turns: called several times a second, whether there is a connection or not. */
  beat(): void {
    this.#memory.add(Word.HEARTBEAT, 1);
  }

  /** The client is gone, and the memory may serve another from here on: nothing may be written after this. */
  releaseMemory(): void {
    this.#memory.store(Word.RELEASED, 1);
  }

  /** The thread or its pool ends, and nothing will be written any more. The first reason stays; wakes the caller. */
  markDead(death: Death): void {
    this.#memory.markDead(death);
  }
}

/** Bytes. Larger pieces get records of their own, since they are few. */
const SMALL = 4096;

/** Bytes. The space that a SKIP leaves free must suffice for a head and a few reads. */
const REWIND_FROM = 2 ** 18;
