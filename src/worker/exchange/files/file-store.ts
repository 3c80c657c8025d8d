import { Result } from '../../../shared/enums.ts';
import { summaryOf } from '../../../shared/kinds.ts';
import { bodyTooLarge } from '../results.ts';
import type { BodyStore, StoreOwner } from '../stores/body-store.ts';
import { Blocks } from './blocks.ts';
import { FileError, type FileFailure, fileFailure } from './file-error.ts';
import type { PartFile } from './files.ts';

/** How a {@link FileStore} stores a body. */
export interface FileStoreOptions {
  /**
   * The fewest bytes of a write; only the last one may be smaller. Bytes that have come meanwhile are written with it.
   */
  readonly chunkSize: number;
  readonly keepPartial: boolean;
  /** Bytes that the file already has. */
  readonly from: number;
  /** The most bytes that the file may have. */
  readonly limit: number;
  /** Bytes that are still to come, -1 if that is not known. */
  readonly expected: number;
  /** Checks whether a complete file may have `size` bytes. Null if it may. */
  readonly check: (size: number) => FileFailure | null;
}

/**
 * Stores a body in a file. It does one thing at a time: it opens the part, writes pieces, and then lets the part
 * replace the file, or closes it and perhaps deletes it. Only after that the owner hears of the end.
 */
export class FileStore implements BodyStore {
  readonly #open: () => Promise<PartFile>;
  readonly #options: FileStoreOptions;
  readonly #owner: StoreOwner;
  readonly #blocks: Blocks;
  #part: PartFile | null = null;
  /** Bytes of the file, including those that are not written yet. */
  #size: number;
  #working = false;
  #ended = false;
  #failed: FileFailure | null = null;
  #closed = false;
  #finished = false;
  /** The file is closed. */
  #gone = false;
  readonly #onGone: (() => void)[] = [];

  constructor(open: () => Promise<PartFile>, options: FileStoreOptions, owner: StoreOwner) {
    this.#open = open;
    this.#options = options;
    this.#owner = owner;
    this.#blocks = new Blocks(options.chunkSize, options.expected);
    this.#size = options.from;
    this.#work();
  }

  /** 0 while nothing is done: then there is less than a piece, which waits for more bytes. */
  get pending(): number {
    return this.#working ? this.#blocks.length : 0;
  }

  region(most: number): Uint8Array {
    const count = Math.min(most, this.#options.limit - this.#size);
    return count <= 0 || this.#over ? NOTHING : this.#blocks.region(count);
  }

  commit(count: number): void {
    if (this.#over) return;
    this.#size += count;
    this.#blocks.commit(count);
    this.#work();
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return;
    this.#size += end - start;
    const { limit } = this.#options;
    if (this.#size > limit)
      this.#fail({ result: Result.BODY_SIZE_LIMIT_EXCEEDED, failure: bodyTooLarge(this.#size, limit) });
    else this.#blocks.add(bytes, start, end);
    this.#work();
  }

  end(): void {
    this.#ended = true;
    this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#work();
  }

  /** Calls `then` when the file is closed, and deleted unless it is kept; at once if it is. Only after `close()`. */
  letGo(then: () => void): void {
    if (this.#gone) then();
    else this.#onGone.push(then);
  }

  /** The thread ends: does what can be done at once. Settles when the rest is done: the part may still be opening. */
  endNow(): Promise<void> {
    this.close();
    if (!this.#finished) this.#part?.endNow(this.#options.keepPartial);
    return new Promise((resolve) => this.letGo(resolve));
  }

  /** No more bytes are accepted. */
  get #over(): boolean {
    return this.#ended || this.#failed !== null || this.#closed;
  }

  #fail(failed: FileFailure): void {
    this.#failed ??= failed;
  }

  /** Starts the work that there is to do, unless work is under way. */
  #work(): void {
    if (this.#working || this.#gone) return;
    if (this.#part && !this.#over && this.#blocks.next(this.#options.chunkSize) === null) return;
    this.#working = true;
    this.#doAll().then(
      () => this.#rest(),
      (error) => this.#stopAt(error),
    );
  }

  async #doAll(): Promise<void> {
    const { chunkSize, keepPartial } = this.#options;
    if (!this.#stops) this.#part ??= await this.#open();
    // A part that is kept gets all bytes that have come.
    while (this.#part && (keepPartial || !this.#stops)) {
      const piece = this.#blocks.next(this.#ended || this.#stops ? 1 : chunkSize);
      if (piece === null) break;
      await this.#part.write(piece);
      this.#blocks.drop(piece.length);
      this.#room();
    }
    if (this.#ended && !this.#stops) await this.#finish();
  }

  /** The file is not to be finished. */
  get #stops(): boolean {
    return this.#failed !== null || this.#closed;
  }

  async #finish(): Promise<void> {
    const flaw = this.#options.check(this.#size);
    if (flaw) this.#fail(flaw);
    else await this.#part?.finish();
    this.#finished = flaw === null;
  }

  #stopAt(error: unknown): void {
    this.#fail(
      error instanceof FileError
        ? fileFailure(error.result, error.code, error.message)
        : fileFailure(Result.DOWNLOAD_FILE_WRITE_ERROR, 'UNKNOWN', summaryOf(error)),
    );
    this.#rest();
  }

  /** Nothing is to be done for now, or ever. */
  #rest(): void {
    if (this.#finished) this.#tell();
    else if (this.#stops) {
      this.#blocks.clear();
      const closing = this.#part?.close(this.#options.keepPartial) ?? Promise.resolve();
      closing.then(
        () => this.#tell(),
        () => this.#tell(),
      );
    } else {
      this.#working = false;
      this.#room();
      this.#work();
    }
  }

  #room(): void {
    if (!this.#closed) this.#owner.onRoom();
  }

  #tell(): void {
    this.#working = false;
    this.#gone = true;
    for (const then of this.#onGone) then();
    if (this.#closed) return;
    if (this.#failed) this.#owner.onStoreFailed(this.#failed.result, this.#failed.failure);
    else this.#owner.onStored(NOTHING);
  }
}

const NOTHING = new Uint8Array(0);
