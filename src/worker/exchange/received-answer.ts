import type { ResponseHead } from '../http1/parser/response.ts';
import { MemoryBody } from './memory-body.ts';

/** What has come of an answer: its head, and as much of its body as is kept. */
export class ReceivedAnswer {
  readonly head: ResponseHead;
  readonly #limit: number;
  readonly #body: MemoryBody;
  #downloaded = 0;

  /** `limit`: bytes of the body that are kept at most. */
  constructor(head: ResponseHead, limit: number) {
    this.head = head;
    this.#limit = limit;
    this.#body = new MemoryBody(head.contentLength < 0 ? limit : head.contentLength);
  }

  /** Bytes of the body that have come, kept or not. */
  get downloaded(): number {
    return this.#downloaded;
  }

  /** Bytes of the body that have come or are known to come. */
  get least(): number {
    return Math.max(this.#downloaded, this.head.hasBody ? this.head.contentLength : 0);
  }

  get tooLarge(): boolean {
    return this.least > this.#limit;
  }

  /**
   * Memory for the next bytes, of those that may be kept. Empty where there are none such, or no memory for them: then
   * `add()` tells it.
   */
  region(most: number): Uint8Array {
    try {
      return this.#body.region(Math.max(0, Math.min(most, this.#limit - this.#downloaded)));
    } catch {
      return NOWHERE;
    }
  }

  /** So many bytes were put into the last `region()`. */
  commit(count: number): void {
    this.#downloaded += count;
    if (!this.tooLarge) this.#body.commit(count);
  }

  /** Keeps bytes of the body, unless there are too many. Throws RangeError where there is no memory. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#downloaded += end - start;
    if (!this.tooLarge) this.#body.add(bytes, start, end);
  }

  /** So many bytes of the body have come, and nobody wants them. */
  skip(count: number): void {
    this.#downloaded += count;
  }

  /** Null: there is no memory for it. */
  takeBody(): Uint8Array<ArrayBuffer> | null {
    try {
      return this.#body.take();
    } catch {
      return null;
    }
  }
}

const NOWHERE = new Uint8Array(0);
