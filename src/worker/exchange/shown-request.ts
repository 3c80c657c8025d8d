import { Status } from '../../shared/enums.ts';
import type { RequestFate } from '../../shared/failure.ts';
import { type RequestSlots, SlotField } from '../../shared/request-slots.ts';

/** Shows the caller a request that is under way, in the request's slot (request-slots.ts). */
export class ShownRequest {
  readonly #slots: RequestSlots;
  readonly #slot: number;
  #uploaded = 0;

  constructor(slots: RequestSlots, slot: number) {
    this.#slots = slots;
    this.#slot = slot;
  }

  status(status: Status): void {
    this.#slots.set(this.#slot, SlotField.STATUS, status);
  }

  /** If the worker dies later, this is all that is known. */
  fate(fate: RequestFate): void {
    this.#slots.setFate(this.#slot, fate);
  }

  /** The request is sent from its beginning, perhaps again. */
  uploadBegins(): void {
    this.#uploaded = 0;
    this.#slots.setCount(this.#slot, SlotField.UPLOADED, 0);
  }

  uploaded(count: number): void {
    this.#uploaded += count;
    this.#slots.setCount(this.#slot, SlotField.UPLOADED, this.#uploaded);
  }

  /** `size`: of the response's body; -1 if it is not known. */
  bodyBegins(size: number): void {
    this.status(Status.BODY);
    this.downloaded(0);
    this.#slots.setCount(this.#slot, SlotField.SIZE, size + 1);
  }

  downloaded(bytes: number): void {
    this.#slots.setCount(this.#slot, SlotField.DOWNLOADED, bytes);
  }
}
