import { Result } from '../../shared/enums.ts';
import {
  type CompletionArrays,
  completionToArray,
  type MessageArray,
  messageFromArray,
} from '../../shared/message-arrays.ts';
import type { Completion, OrderMessage, Port } from '../../shared/messages.ts';
import type { RequestSlots } from '../../shared/request-slots.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import type { Later } from '../connection/event-loop.ts';
import { contentKey } from '../exchange/content-key.ts';
import type { Exchanges, OpenExchanges, RunningRequest } from '../exchange/exchanges.ts';

/** What a thread gives the whole requests of a program. */
export interface RequestsParts {
  readonly later: Later;
  readonly open: OpenExchanges;
  readonly port: Pick<Port, 'postMessage'>;
}

/** All whole requests of a program, seen from one of its workers. */
export class RequestsSession {
  readonly #slots: RequestSlots;
  readonly #exchanges: Exchanges;
  readonly #port: Pick<Port, 'postMessage'>;
  readonly #later: Later;
  readonly #requests = new Map<number, RunningRequest>();
  /** Those of them that are told, and hold their files. */
  readonly #holding = new Set<number>();
  /** What is begun at the end of this turn: many that are cancelled at once cost no connection each. */
  #ordered = new Set<RunningRequest>();
  #settings: { readonly settings: RequestSettings; readonly settingsKey: string } | null = null;
  /** Completions that are posted at the end of this turn of the event loop. */
  #complete: { readonly slot: number; readonly completion: Completion }[] = [];

  constructor(slots: RequestSlots, { later, open, port }: RequestsParts) {
    this.#slots = slots;
    this.#later = later;
    this.#port = port;
    this.#exchanges = open(this.#slots, (order, completion) => this.#done(order, completion));
  }

  hear(array: MessageArray): void {
    const message = messageFromArray(array);
    switch (message.verb) {
      case 'order':
        this.#take(message);
        break;
      case 'cancel':
        this.#cancel(message.id);
        break;
      default:
        message satisfies never;
    }
  }

  #take(message: OrderMessage): void {
    const { settings } = message;
    if (settings) this.#settings = { settings, settingsKey: contentKey(settings) };
    if (this.#settings === null) return;
    const request = this.#exchanges.make({ ...message, ...this.#settings });
    this.#requests.set(message.id, request);
    this.#ordered.add(request);
    if (this.#ordered.size === 1) this.#later(() => this.#begin());
  }

  #begin(): void {
    const ordered = this.#ordered;
    this.#ordered = new Set();
    for (const request of ordered) request.start();
  }

  /** A cancel is answered with a completion: after that, nothing writes to the request's slot. */
  #cancel(id: number): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    this.#ordered.delete(request);
    request.stop((holdsFile) => {
      if (!holdsFile) this.#done(request.order, { id, ...OVER });
    });
  }

  #done({ id, slot }: OrderMessage, completion: Completion): void {
    if (completion.holdsFile) this.#holding.add(id);
    else this.#requests.delete(id);
    const wasTold = !completion.holdsFile && this.#holding.delete(id);
    this.#complete.push({ slot, completion: wasTold ? { id, ...OVER } : completion });
    if (this.#complete.length === 1) this.#later(() => this.#tell());
  }

  #tell(): void {
    const complete = this.#complete;
    this.#complete = [];
    const completions = complete.map(({ completion }) => completionToArray(completion));
    const bodies = complete
      .map(({ completion }) => completion.body.buffer)
      .filter(({ byteLength }) => byteLength > 0);
    this.#slots.flush();
    this.#port.postMessage(completions satisfies CompletionArrays, bodies);
    for (const { slot, completion } of complete) this.#slots.done(slot, completion.id);
  }

  get exchanges(): Exchanges {
    return this.#exchanges;
  }

  beat(): void {
    this.#slots.beat();
  }

  markDead(death: number): void {
    this.#slots.markDead(death);
  }

  /** The caller's side is gone. Everything but files is over when this returns; files are when the promise settles. */
  async end(): Promise<void> {
    const ended = [...this.#requests.values()].map((request) => request.endNow());
    this.#requests.clear();
    this.#ordered.clear();
    this.#exchanges.close();
    await Promise.all(ended);
  }
}

/** For a completion of which only the id is read. */
const OVER = {
  result: Result.REQUEST_FAILED,
  responseCode: 0,
  fields: '',
  body: new Uint8Array(0),
  url: '',
  failure: null,
  stored: false,
  holdsFile: false,
};
