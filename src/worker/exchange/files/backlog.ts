/**
 * The downloads of a thread that are only waiting for the disk: it has to take their bytes or close their files, while
 * their connections already serve other requests. With too many of them no other download begins: they would fill the
 * memory, and use up the files that a process may have open.
 */
export class Backlog {
  readonly #onRoom: () => void;
  #downloads = 0;
  #bytes = 0;

  /** `onRoom` is called when the backlog is not full any more. */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  get full(): boolean {
    return this.#downloads >= MOST_DOWNLOADS || this.#bytes >= MOST_BYTES;
  }

  /** Adds a download with `bytes` that wait for the disk. Returns a function to be called once, when it is done. */
  enter(bytes: number): () => void {
    this.#downloads += 1;
    this.#bytes += bytes;
    return () => {
      const { full } = this;
      this.#downloads -= 1;
      this.#bytes -= bytes;
      if (full && !this.full) this.#onRoom();
    };
  }
}

const MOST_DOWNLOADS = 64;
const MOST_BYTES = 2 ** 24;
