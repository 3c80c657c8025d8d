import { copyBytes } from '../copy.ts';
import type { Unread } from '../messages.ts';
import { getBodyLength } from './body-length.ts';
import { Ending, HEADER_BYTES, HeaderField, RecordType, recordEnd, Word } from './layout.ts';
import type { Memory } from './memory.ts';

/**
 * The caller's half of the event log: reads the records in the order in which the worker wrote them.
 *
 *        READ              #cursor             #end                    WRITE
 *         | taken, not free | left of this record | records not looked at |   free   (wraps round)
 *
 * - `peek()` looks at the current record, and `next()` takes it. The bytes of a BODY record can be taken piece by
 *   piece. Such a record stops growing when `peek()` first sees it. The last bytes that it grew by may not be published
 *   yet. So #end, and #cursor when the record is taken, can be ahead of WRITE for a moment.
 * - What was taken is not free yet: `release()` gives it back to the worker. So a borrowed view stays valid until the
 *   caller's next step.
 * - `open(epoch)` forgets everything and waits for the log of a new connection. Until the worker has begun it the
 *   log is empty, whatever is still being written about an older one: skipping that costs nothing.
 *
 * All methods are called on the caller's thread, where a client has a reader for each memory that it is given. Nothing
 * allocates, sleeps or throws unless a method says so. What the worker does may be seen late, but always in the order
 * in which it was published.
 *
 * Invariants: only this class writes READ, READER_WAITS and the FINAL bit of a record. Between `open` and the worker's
 * beginning READ stands still, because the worker begins the new log there (writer.ts). After it, WRITE only grows.
 */
export class LogReader<B extends ArrayBufferLike = SharedArrayBuffer> {
  readonly #memory: Memory<B>;
  #epoch = 0;
  #opened = false;
  #type: number = RecordType.NONE;
  #cursor = 0;
  #end = 0;
  #left = 0;
  #unreleased = false;
  /** All records between the current one and #counted are BODY. Together they hold #countedBytes. */
  #counted = 0;
  #countedBytes = 0;

  /** The arguments of the record that `peek()` has found. */
  a = 0;
  b = 0;

  constructor(memory: Memory<B>) {
    this.#memory = memory;
  }

  /**
   * From now on, reads the log of connection `epoch`, once it has begun. The worker was told of that connection, or
   * will be. No two connections in a memory have the same number. Borrowed views become invalid.
   */
  open(epoch: number): void {
    this.#epoch = epoch;
    this.#opened = false;
    this.#type = RecordType.NONE;
    this.#left = 0;
    this.#unreleased = false;
  }

  /**
   * The {@link RecordType} of the current record; NONE if the log has nothing more for now. An empty log costs one
   * atomic load. A BODY record does not grow any more once this method has seen it.
   */
  peek(): number {
    if (this.#type !== RecordType.NONE) return this.#type;
    if (!this.#opened && !this.#tryOpen()) return RecordType.NONE;
    if (((this.#memory.load(Word.WRITE) - this.#cursor) | 0) <= 0) return RecordType.NONE;

    const at = this.#cursor;
    this.#type = this.#memory.getHeader(at, HeaderField.TYPE);
    this.#left =
      this.#type === RecordType.BODY ? this.#memory.finalizeLength(at) : this.#memory.getLength(at);
    this.a = this.#memory.getHeader(at, HeaderField.A);
    this.b = this.#memory.getHeader(at, HeaderField.B);
    this.#cursor = (at + HEADER_BYTES) | 0;
    this.#end = recordEnd(at, this.#left);
    if (at === this.#counted) this.#counted = this.#end;
    else this.#countedBytes -= this.#left;
    if (this.#type !== RecordType.SKIP) return this.#type;
    this.next();
    // Released at once: a SKIP is only written when everything before it was given back.
    this.#memory.store(Word.READ, this.#cursor);
    return this.peek();
  }

  #tryOpen(): boolean {
    if (this.#memory.load(Word.EPOCH) !== this.#epoch) return false;
    this.#cursor = this.#memory.load(Word.EPOCH_START);
    this.#counted = this.#cursor;
    this.#countedBytes = 0;
    this.#opened = true;
    return true;
  }

  /** Takes the current record, with the rest of its payload. `peek()` must have just found it. */
  next(): void {
    this.#cursor = this.#end;
    this.#left = 0;
    this.#type = RecordType.NONE;
    this.#unreleased = true;
  }

  /**
   * A copy of the payload of the current record, which `peek()` must have just found. Allocates the copy and views.
   * Throws `RangeError` if there is no memory.
   */
  payload(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(this.#left);
    this.copyPayload(copy, 0);
    return copy;
  }

  /** Bytes of the payload of the current record, which `peek()` must have just found. */
  get payloadLength(): number {
    return this.#left;
  }

  /** The body length in a HEAD record, which `peek()` must have just found. */
  bodyLength(): number {
    return getBodyLength(this.#memory.ring, this.#memory.place(this.#cursor));
  }

  /**
   * Copies the payload of the current record, without its first `skipped` bytes, to the beginning of `target`. That
   * must have room. `peek()` must have just found the record. Allocates a view, or two if the payload wraps around.
   */
  copyPayload(target: Uint8Array, skipped: number): void {
    const { ring, capacity } = this.#memory;
    const length = this.#left - skipped;
    const at = this.#memory.place(this.#cursor + skipped);
    const first = Math.min(length, capacity - at);
    copyBytes(target, 0, ring.subarray(at, at + first));
    if (first < length) copyBytes(target, first, ring.subarray(0, length - first));
  }

  /**
   * How many body bytes could be taken now; it counts no further than `most`. Takes nothing. Looks at the header of
   * each record only once, but at that of the last record in each call.
   */
  bodyBytes(most: number): number {
    if (this.peek() !== RecordType.BODY) return 0;
    // WRITE is loaded before the lengths: a record that grows meanwhile then ends behind it.
    const write = this.#memory.load(Word.WRITE);
    while (this.#left + this.#countedBytes < most && ((write - this.#counted) | 0) > 0) {
      if (this.#memory.getHeader(this.#counted, HeaderField.TYPE) !== RecordType.BODY) break;
      const length = this.#memory.getLength(this.#counted);
      const end = recordEnd(this.#counted, length);
      // The last record may still grow, so it is counted anew each time.
      if (((write - end) | 0) <= 0) return Math.min(most, this.#left + this.#countedBytes + length);
      this.#countedBytes += length;
      this.#counted = end;
    }
    return Math.min(most, this.#left + this.#countedBytes);
  }

  /** Whether a record other than BODY has come behind the body bytes in the log. */
  endsBehindBody(): boolean {
    if (this.bodyBytes(Number.POSITIVE_INFINITY) === 0) return false;
    const exists = ((this.#memory.load(Word.WRITE) - this.#counted) | 0) > 0;
    return exists && this.#memory.getHeader(this.#counted, HeaderField.TYPE) !== RecordType.BODY;
  }

  /**
   * Whether the body bytes in the log are followed by the end of the connection, so that nothing can be sent any more
   * either.
   */
  isOverBehindBody(): boolean {
    if (!this.endsBehindBody()) return false;
    const memory = this.#memory;
    const end = this.#counted;
    const ending = memory.getHeader(end, HeaderField.A);
    if (memory.getHeader(end, HeaderField.TYPE) !== RecordType.END || ending !== Ending.SENDING) return true;
    // The connection can still send, unless another record has come behind this END.
    const next = recordEnd(end, memory.getLength(end));
    return ((memory.load(Word.WRITE) - next) | 0) > 0;
  }

  /**
   * Takes body bytes and copies them into `target`, starting at `offset`, until it is full or no bytes are left.
   * Returns their number. Allocates a view for each record.
   */
  copyBody(target: Uint8Array, offset: number): number {
    let end = offset;
    while (end < target.length && this.peek() === RecordType.BODY) {
      const piece = this.borrowBody(target.length - end);
      copyBytes(target, end, piece);
      end += piece.length;
    }
    return end - offset;
  }

  /**
   * Takes up to `most` body bytes, as many as lie in one piece, as a view of the ring. The view is empty if the current
   * record is not BODY. It is valid until the next `release` or `open`. Allocates the view.
   */
  borrowBody(most: number): Uint8Array<B> {
    const count = this.peek() === RecordType.BODY ? Math.min(this.#left, most) : 0;
    const at = this.#memory.place(this.#cursor);
    if (count === 0) return this.#memory.ring.subarray(at, at);
    this.#cursor = (this.#cursor + count) | 0;
    this.#left -= count;
    this.#unreleased = true;
    if (this.#left === 0) this.next();
    return this.#memory.ring.subarray(at, at + count);
  }

  /**
   * Gives what was taken back to the worker, which may overwrite it at once. Returns true if the worker waits for room
   * and there is enough now: then the caller has to send a wake. It returns true only once. A worker that begins to
   * wait later looks once more itself.
   */
  release(): boolean {
    if (!this.#unreleased) return false;
    this.#unreleased = false;
    const memory = this.#memory;
    memory.store(Word.READ, this.#cursor);
    if (memory.load(Word.WRITER_WAITS) === 0) return false;
    const used = (memory.load(Word.WRITE) - this.#cursor) | 0;
    if (used > memory.capacity / 2) return false;
    return memory.compareExchange(Word.WRITER_WAITS, 1, 0);
  }

  /**
   * What is left in the log, for the worker to take back. Null if the log has not begun. Afterwards the caller takes
   * nothing more, and opens another log. Allocates the answer.
   */
  unread(): Unread | null {
    if (!this.#opened) return null;
    const left = this.#type === RecordType.BODY ? this.#left : 0;
    return { cursor: this.#cursor, left, next: this.#type === RecordType.NONE ? this.#cursor : this.#end };
  }

  /** Nothing more comes until something is taken and released. With tiny records, few bytes can fill the log. */
  full(): boolean {
    const used = (this.#memory.load(Word.WRITE) - this.#memory.load(Word.READ)) | 0;
    return this.#memory.load(Word.WRITER_WAITS) === 1 && used > this.#memory.capacity / 2;
  }

  /** Bytes of the stream that the system has taken since the log began, 0 before that; wraps. */
  sent(): number {
    return this.#opened || this.#tryOpen() ? this.#memory.load(Word.SENT) : 0;
  }

  /**
   * Sleeps until `sent()` may have grown beyond `seen`, its last result, for `milliseconds` at most. Like for `wait`, a
   * wake is only a hint, and it throws in the same cases. Returns true if it slept for all of the time.
   */
  waitForSent(this: LogReader<SharedArrayBuffer>, seen: number, milliseconds: number): boolean {
    // Never on WRITE: a change of SENT does not wake a caller that sleeps there.
    if (!this.#opened && !this.#tryOpen()) return this.#waitForEpoch(milliseconds);
    return this.#memory.wait(Word.SENT, seen, milliseconds);
  }

  /**
   * Why the log will never grow again; `Death.NONE` while it may. What is in the log can still be read. The reason may
   * be seen late; or never, if the thread could not write it: see `heartbeat()`.
   */
  death(): number {
    return this.#memory.load(Word.DEATH);
  }

  /** Moves several times a second while the worker's event loop turns. 0: it has not turned yet. */
  heartbeat(): number {
    return this.#memory.load(Word.HEARTBEAT);
  }

  /**
   * Sleeps until the empty log may have grown, for `milliseconds` at most. It does not sleep if there is something to
   * look at or to release. A wake is only a hint: look again. If the worker dies between the caller's look and its
   * sleep, that is noticed only when the time is over, so keep the time short. Returns true if it slept for all of the
   * time. Throws `TypeError` on a thread that must not sleep; on ordinary memory the compiler rejects the call.
   */
  wait(this: LogReader<SharedArrayBuffer>, milliseconds: number): boolean {
    const memory = this.#memory;
    if (!this.#opened && !this.#tryOpen()) return this.#waitForEpoch(milliseconds);
    memory.store(Word.READER_WAITS, 1);
    // A skipped record may have freed the room that the worker waits for: then the caller has to release that first.
    const idle = this.peek() === RecordType.NONE && !this.#unreleased;
    const sleptAll = idle && memory.wait(Word.WRITE, this.#cursor, milliseconds);
    memory.store(Word.READER_WAITS, 0);
    return sleptAll;
  }

  /** The beginning of an epoch always wakes the caller, so there is no need to set READER_WAITS. */
  #waitForEpoch(this: LogReader<SharedArrayBuffer>, milliseconds: number): boolean {
    const epoch = this.#memory.load(Word.EPOCH);
    return epoch !== this.#epoch && this.#memory.wait(Word.EPOCH, epoch, milliseconds);
  }
}
