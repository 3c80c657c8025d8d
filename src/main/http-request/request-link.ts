import { copyOf } from '../../shared/copy.ts';
import { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { isArrayBuffer, propertyOf } from '../../shared/kinds.ts';
import { Death } from '../../shared/log/layout.ts';
import {
  type CompletionArrays,
  cancelToArray,
  completionFromArray,
  orderToArray,
} from '../../shared/message-arrays.ts';
import type { Completion, OrderText, Port, RequestsTicket } from '../../shared/messages.ts';
import type { SlotsPost } from '../../shared/posted-slots.ts';
import { createOrdinarySlots, createSlots, RequestSlots, SLOTS } from '../../shared/request-slots.ts';
import type { Keeping, RequestSettings } from '../../shared/settings.ts';
import { deathFailure } from '../connection/failures.ts';
import type { Mode } from '../connection/wiring.ts';
import { place } from '../place/here.ts';
import type { Inbox } from '../place/place.ts';
import { busyFiles } from './busy-files.ts';
import { isSame } from './same-settings.ts';

/** Who ordered a request. It is told once how the request ended: inside a drain, or when the message arrives. */
export interface Orderer {
  onCompletion(completion: Completion): void;
  /** The thread is gone. */
  onLoss(failure: Failure): void;
}

/** A request that is under way. */
export interface Placed {
  readonly link: RequestLink;
  readonly slot: number;
  readonly id: number;
  readonly origin: string;
  /** The path of the file that it downloads into. */
  readonly file: string | null;
  readonly orderer: Orderer;
}

/** What connects all whole requests of a pool with one of its threads: a port, and the memory of their slots. */
export class RequestLink {
  readonly threadId: number;
  readonly ticket: RequestsTicket;
  readonly slots: RequestSlots;
  readonly #port: Port;
  readonly #inbox: Inbox<CompletionArrays | SlotsPost>;
  readonly #placed = new Map<number, Placed>();
  /**
   * Requests that were cancelled, or are complete and hold their file, until the worker says that they are over. Until
   * then it may write to their slots.
   */
  readonly #ending = new Map<number, Placed>();
  readonly #perOrigin = new Map<string, number>();
  readonly #freeSlots: number[] = [];
  #usedSlots = 0;
  #ids = 0;
  #lastSettings: RequestSettings | null = null;
  #listeners = 0;
  #endReason = '';

  constructor(threadId: number, keeping: Keeping, mode: Mode) {
    const { port1, port2 } = new MessageChannel();
    this.threadId = threadId;
    this.#port = port1;
    this.#inbox = place.openInbox(port1, (message) => this.#takeSlots(message));
    const shared = mode === 'shared' ? createSlots() : null;
    this.slots = new RequestSlots(shared ?? createOrdinarySlots());
    this.ticket = { kind: 'requests', port: port2, slots: shared, keeping };
  }

  /** How many requests to an origin are under way on this thread. */
  load(origin: string): number {
    return this.#perOrigin.get(origin) ?? 0;
  }

  get size(): number {
    return this.#placed.size;
  }

  /** No request is under way, and no message will come. */
  get idle(): boolean {
    return this.#placed.size === 0 && this.#ending.size === 0;
  }

  /** Null if too many requests are under way. */
  order(origin: string, text: OrderText, settings: RequestSettings, orderer: Orderer): Placed | null {
    const slot = this.#takeSlot();
    if (slot === null) return null;
    this.#ids = (this.#ids + 1) | 0;
    const file = text.file?.path ?? null;
    const placed = { link: this, slot, id: this.#ids, origin, file, orderer };
    this.slots.clear(slot, Status.CONNECTING);
    const known = isSame(settings, this.#lastSettings) ? null : settings;
    try {
      this.#post(slot, placed.id, text, known);
    } catch (error) {
      this.#freeSlots.push(slot);
      throw error;
    }
    this.#lastSettings = settings;
    this.#placed.set(placed.id, placed);
    this.#perOrigin.set(origin, this.load(origin) + 1);
    if (file !== null) busyFiles.take(file, this, placed.id);
    return placed;
  }

  #post(slot: number, id: number, text: OrderText, settings: RequestSettings | null): void {
    const { body } = text;
    try {
      this.#port.postMessage(orderToArray(slot, id, text, settings), memoryOf(body));
    } catch (error) {
      // This memory can't be transferred: its owner (WebAssembly, Node) forbids it.
      if (body.length === 0 || propertyOf(error, 'name') !== 'DataCloneError') throw error;
      const copies = body.map(copyOf);
      this.#port.postMessage(orderToArray(slot, id, { ...text, body: copies }, settings), memoryOf(copies));
    }
  }

  #takeSlot(): number | null {
    const free = this.#freeSlots.pop();
    if (free !== undefined) return free;
    if (this.#usedSlots === SLOTS) return null;
    this.#usedSlots += 1;
    return this.#usedSlots - 1;
  }

  cancel(placed: Placed): void {
    const { id } = placed;
    if (!this.#placed.delete(id)) return;
    this.#leaveOrigin(placed.origin);
    this.#expectEnd(placed);
    this.#port.postMessage(cancelToArray(id));
  }

  /** Nobody waits for the request any more. */
  #expectEnd(placed: Placed): void {
    const { id, file } = placed;
    this.#ending.set(id, placed);
    if (file !== null) busyFiles.isEnding(file, this, id);
  }

  #leaveOrigin(origin: string): void {
    const left = this.load(origin) - 1;
    if (left > 0) this.#perOrigin.set(origin, left);
    else this.#perOrigin.delete(origin);
  }

  /** Takes the completions that have arrived. */
  drain(): void {
    this.#inbox.drain(this.#hear);
  }

  readonly #hear = (message: CompletionArrays | SlotsPost): void => {
    if ('kind' in message) return;
    for (const completion of message) this.#complete(completionFromArray(completion));
  };

  /** What a request is doing is known without a tick(), as it is where memory is shared. */
  #takeSlots(message: CompletionArrays | SlotsPost): boolean {
    if (!('kind' in message)) return false;
    this.slots.take(message.words);
    return true;
  }

  #complete(completion: Completion): void {
    const { id, holdsFile } = completion;
    const placed = this.#placed.get(id);
    const known = placed ?? this.#ending.get(id);
    if (known === undefined) return;
    this.#placed.delete(id);
    if (holdsFile) this.#expectEnd(known);
    else this.#end(known);
    if (placed) {
      this.#leaveOrigin(placed.origin);
      placed.orderer.onCompletion(completion);
    }
    if (!holdsFile) this.#freeSlots.push(known.slot);
  }

  #end(placed: Placed): void {
    this.#ending.delete(placed.id);
    this.#releaseFile(placed);
  }

  #releaseFile({ file, id }: Placed): void {
    if (file !== null) busyFiles.release(file, this, id);
  }

  /** Completions are reported as they arrive, until `stopListening()` was called as often as this. */
  listen(): void {
    this.#listeners += 1;
    this.#inbox.listen(this.#hear);
  }

  stopListening(): void {
    this.#listeners -= 1;
    if (this.#listeners === 0) this.#inbox.ignore();
  }

  /** Sleeps until the request is complete, for at most so many milliseconds. True if it slept all of them. */
  sleep({ slot, id }: Placed, milliseconds: number): boolean {
    return this.slots.sleep(slot, id, milliseconds);
  }

  /** The thread is gone for this reason. What it completed before is taken first. */
  bury(death: Death, endReason: string): void {
    this.#endReason ||= endReason;
    this.slots.markDead(death);
    this.drain();
    const lost = [...this.#placed.values()];
    for (const placed of [...lost, ...this.#ending.values()]) this.#releaseFile(placed);
    this.#placed.clear();
    this.#ending.clear();
    this.#perOrigin.clear();
    this.#port.close();
    const failure = deathFailure(this.slots.death, this.#endReason);
    for (const { slot, orderer } of lost) {
      orderer.onLoss({ ...failure, request: this.slots.getFate(slot) });
    }
  }

  get dead(): boolean {
    return this.slots.death !== Death.NONE;
  }
}

function memoryOf(body: readonly Uint8Array[]): ArrayBuffer[] {
  return body.map(({ buffer }) => buffer).filter((buffer) => isArrayBuffer(buffer));
}
