import { SPARE_SIZE, SpareBuffers } from '../spare-buffers.ts';
import { HeaderField, RecordType, recordEnd, Word } from './layout.ts';
import { Memory } from './memory.ts';

/**
 * One thread's half of a log without shared memory: what the worker's memory has and the caller's has not. Each thread
 * has a memory of its own, of the same size, and a byte has the same place in both.
 */
export interface LogPost {
  readonly kind: 'log';
  /** Words that have changed, each behind its number. */
  readonly words: readonly number[];
  /** Where `pieces` begin in the ring. */
  readonly from: number;
  /** What was published since the last post. Their memory is transferred, and may be longer than they are. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
}

/** Calls `act` later: after this turn of the event loop, or after so many milliseconds. */
export interface PostClock {
  readonly now: () => number;
  readonly later: (act: () => void) => void;
  readonly after: (milliseconds: number, act: () => void) => void;
}

/**
 * The worker's memory where nothing is shared. A {@link LogWriter} writes into it as into any other; what it publishes
 * is posted: at once where there is much of it, else within some milliseconds, together with what comes meanwhile.
 *
 * The caller's side says how far it has read ({@link released}), so the writer never publishes more than the caller's
 * ring has room for. A record that was posted does not grow any more.
 */
export class PostedMemory extends Memory<ArrayBuffer> {
  readonly #post: (post: LogPost, transfer: ArrayBuffer[]) => void;
  readonly #clock: PostClock;
  readonly #changed = new Set<number>();
  /** Everything before it was posted. */
  #posted: number;
  #scheduled = false;
  #lastPost = Number.NEGATIVE_INFINITY;

  constructor(buffer: ArrayBuffer, post: (post: LogPost, transfer: ArrayBuffer[]) => void, clock: PostClock) {
    super(buffer);
    this.#post = post;
    this.#clock = clock;
    this.#posted = this.load(Word.READ);
  }

  override store(word: number, value: number): void {
    super.store(word, value);
    this.#note(word);
  }

  override add(word: number, count: number): void {
    super.add(word, count);
    this.#note(word);
  }

  override compareExchange(word: number, from: number, to: number): boolean {
    const stored = super.compareExchange(word, from, to);
    if (stored) this.#note(word);
    return stored;
  }

  #note(word: number): void {
    if (!POSTED_WORDS.has(word)) return;
    // The log of another connection begins where the caller's READ is, which may be before what was posted.
    if (word === Word.EPOCH_START) this.#posted = this.load(Word.EPOCH_START);
    this.#changed.add(word);
    if (word === Word.WRITE && this.#unposted >= MUCH) this.#flush();
    else this.#schedule();
  }

  get #unposted(): number {
    return (this.load(Word.WRITE) - this.#posted) | 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#lastPost + SOON - this.#clock.now();
    const act = (): void => {
      if (this.#scheduled) this.#flush();
    };
    if (wait <= 0) this.#clock.later(act);
    else this.#clock.after(wait, act);
  }

  #flush(): void {
    this.#scheduled = false;
    this.#lastPost = this.#clock.now();
    const pieces = this.#takePieces();
    const words = [...this.#changed].flatMap((word) => [word, this.load(word)]);
    this.#changed.clear();
    const post: LogPost = { kind: 'log', words, from: this.#posted, pieces };
    this.#posted = (this.#posted + pieces.reduce((sum, piece) => sum + piece.length, 0)) | 0;
    this.#post(
      post,
      pieces.map(({ buffer }) => buffer),
    );
  }

  #takePieces(): Uint8Array<ArrayBuffer>[] {
    const count = this.#unposted;
    if (count <= 0) return [];
    this.#finalize();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let taken = 0; taken < count; ) {
      const at = this.place(this.#posted + taken);
      const length = Math.min(count - taken, this.capacity - at, SPARE_SIZE);
      pieces.push(pieceOf(this.ring.subarray(at, at + length)));
      taken += length;
    }
    return pieces;
  }

  /** The records that are about to be posted stay as they are. */
  #finalize(): void {
    const end = this.load(Word.WRITE);
    for (let at = this.#posted; ((end - at) | 0) > 0; ) {
      const length = this.getLength(at);
      if (this.getHeader(at, HeaderField.TYPE) === RecordType.BODY) this.finalizeLength(at);
      at = recordEnd(at, length);
    }
  }

  /**
   * The caller has read so far, and `emptied` is memory of pieces that it has put into its ring. True: the writer
   * waited for room, and there is enough now.
   */
  released(cursor: number, emptied: readonly ArrayBuffer[]): boolean {
    for (const buffer of emptied) spare.give(buffer);
    super.store(Word.READ, cursor);
    if (this.load(Word.WRITER_WAITS) === 0) return false;
    const used = (this.load(Word.WRITE) - cursor) | 0;
    if (used > this.capacity / 2) return false;
    super.store(Word.WRITER_WAITS, 0);
    return true;
  }
}

/** Of all logs of this thread. In a worker: memory for what will be posted. In a page: memory to be sent back. */
const spare = new SpareBuffers();

/** In memory that goes round if it is large. Little gets as much memory as it needs. */
function pieceOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const piece =
    bytes.length < SPARE_SIZE / 4
      ? new Uint8Array(bytes.length)
      : new Uint8Array(spare.take(), 0, bytes.length);
  piece.set(bytes);
  return piece;
}

/** What the caller's side looks at. That the writer waits is no business of its: `released` wakes it. */
const POSTED_WORDS: ReadonlySet<number> = new Set([
  Word.WRITE,
  Word.EPOCH,
  Word.EPOCH_START,
  Word.HEARTBEAT,
  Word.DEATH,
  Word.ASKED,
  Word.RELEASED,
]);

/** The worker needs its memory again, however seldom the caller reads: it gets so many pieces back at once. */
const GIVEN_BACK = 4;

/** Bytes that are posted at once, and milliseconds that fewer wait at most behind the last post. */
const MUCH = 2 ** 18;
const SOON = 4;

/**
 * The caller's memory of such a log. It says how far it has read, each time that this is a quarter of the ring. It
 * gives back the memory in which bytes came, then and after a few pieces.
 */
export class MirrorMemory extends Memory<ArrayBuffer> {
  readonly #tellReleased: TellReleased;
  #told: number;

  constructor(buffer: ArrayBuffer, tellReleased: TellReleased) {
    super(buffer);
    this.#tellReleased = tellReleased;
    this.#told = this.load(Word.READ);
  }

  override store(word: number, value: number): void {
    super.store(word, value);
    if (word !== Word.READ || ((value - this.#told) | 0) < this.capacity / 4) return;
    this.#told = value;
    this.#tellReleased(value, spare.takeAll());
  }

  /** Puts what was posted where it stands in the worker's memory. The caller sees it as if it had been written here. */
  take({ words, from, pieces }: LogPost): void {
    let at = from;
    for (const piece of pieces) {
      this.ring.set(piece, this.place(at));
      at += piece.length;
      spare.give(piece.buffer);
    }
    for (let index = 0; index < words.length; index += 2)
      super.store(words[index] ?? 0, words[index + 1] ?? 0);
    // No new cursor: it could be of a log that is over, if the worker has begun the next one meanwhile.
    if (spare.count >= GIVEN_BACK) this.#tellReleased(this.#told, spare.takeAll());
  }
}

/** Tells the worker how far the caller has read. `emptied` is transferred. */
type TellReleased = (cursor: number, emptied: ArrayBuffer[]) => void;
