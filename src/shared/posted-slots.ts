import type { PostClock } from './log/posted-memory.ts';
import { createOrdinarySlots, RequestSlots } from './request-slots.ts';

/** What has changed in the slots of a worker, whose memory is its own: words, each behind its number. */
export interface SlotsPost {
  readonly kind: 'slots';
  readonly words: readonly number[];
}

/**
 * The worker's slots where nothing is shared. What changes is posted some milliseconds later, joined: the caller looks
 * once a tick. What belongs to a completion must be posted before it: {@link flush}.
 */
export class PostedSlots extends RequestSlots {
  readonly #post: (post: SlotsPost) => void;
  readonly #clock: PostClock;
  readonly #changed = new Set<number>();

  constructor(post: (post: SlotsPost) => void, clock: PostClock) {
    super(createOrdinarySlots());
    this.#post = post;
    this.#clock = clock;
  }

  protected override onStored(word: number): void {
    if (this.#changed.size === 0) this.#clock.after(SOON, () => this.flush());
    this.#changed.add(word);
  }

  override flush(): void {
    if (this.#changed.size === 0) return;
    const words = [...this.#changed].flatMap((word) => [word, this.wordAt(word)]);
    this.#changed.clear();
    this.#post({ kind: 'slots', words });
  }
}

/** Milliseconds. */
const SOON = 8;
