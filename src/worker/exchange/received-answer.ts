import { copyOfFields } from '../../shared/field-text.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import { type BodyStore, NO_STORE } from './stores/body-store.ts';

/** The part of an answer that has come: its head, and bytes of its body, which a store keeps. */
export class ReceivedAnswer {
  /** Its fields are a copy, in which each line ends in LF. */
  readonly head: ResponseHead;
  /** Nothing of the body is kept until a store was chosen. */
  store: BodyStore = NO_STORE;
  #downloaded = 0;

  constructor(head: ResponseHead) {
    this.head = { ...head, fields: copyOfFields(head.fields) };
  }

  /** Bytes of the body that have come over the wire. */
  get downloaded(): number {
    return this.#downloaded;
  }

  /** The bytes that the body has at least: they have come, or were announced. */
  get knownBytes(): number {
    return Math.max(this.#downloaded, this.announced);
  }

  /** Bytes of the body on the wire, as announced; -1 if that is not known. */
  get announced(): number {
    return this.head.hasBody ? this.head.contentLength : 0;
  }

  commit(count: number): void {
    this.#downloaded += count;
    this.store.commit(count);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#downloaded += end - start;
    this.store.add(bytes, start, end);
  }
}
