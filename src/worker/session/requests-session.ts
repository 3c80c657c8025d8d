import type {
  Completion,
  CompletionsMessage,
  OrderMessage,
  Port,
  RequestsTicket,
  WholeRequestMessage,
} from '../../shared/messages.ts';
import { RequestSlots } from '../../shared/request-slots.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import { contentKey } from '../exchange/content-key.ts';
import type { ThreadTools } from '../exchange/kept-connection.ts';
import { Origins } from '../exchange/origins.ts';
import { type RequestTools, WholeRequest } from '../exchange/whole-request.ts';

/** All whole requests of a program, seen from one of its workers. */
export class RequestsSession {
  readonly #slots: RequestSlots;
  readonly #origins: Origins;
  readonly #port: Pick<Port, 'postMessage'>;
  readonly #tools: RequestTools;
  readonly #requests = new Map<number, WholeRequest>();
  #settings: { readonly settings: RequestSettings; readonly settingsKey: string } | null = null;
  /** What is complete, and is told at the end of this turn of the event loop. */
  #complete: { readonly slot: number; readonly completion: Completion }[] = [];

  constructor({ slots, keeping }: RequestsTicket, tools: ThreadTools, port: Pick<Port, 'postMessage'>) {
    const { loop } = tools;
    this.#slots = new RequestSlots(slots);
    this.#origins = new Origins(tools, keeping);
    this.#port = port;
    this.#tools = {
      origins: this.#origins,
      slots: this.#slots,
      loop,
      done: ({ order }, completion) => this.#done(order, completion),
    };
  }

  hear(message: WholeRequestMessage): void {
    switch (message.verb) {
      case 'order':
        this.#start(message);
        break;
      case 'cancel':
        this.#requests.get(message.id)?.stop();
        this.#requests.delete(message.id);
        break;
      default:
        message satisfies never;
    }
  }

  #start(message: OrderMessage): void {
    const { settings } = message;
    if (settings) this.#settings = { settings, settingsKey: contentKey(settings) };
    if (this.#settings === null) return;
    const request = new WholeRequest({ ...message, ...this.#settings }, this.#tools);
    this.#requests.set(message.id, request);
    request.start();
  }

  #done({ id, slot }: OrderMessage, completion: Completion): void {
    this.#requests.delete(id);
    this.#complete.push({ slot, completion });
    if (this.#complete.length === 1) this.#tools.loop.later(() => this.#tell());
  }

  #tell(): void {
    const complete = this.#complete;
    this.#complete = [];
    const completions = complete.map(({ completion }) => completion);
    const bodies = completions.map(({ body }) => body.buffer).filter(({ byteLength }) => byteLength > 0);
    this.#port.postMessage({ completions } satisfies CompletionsMessage, bodies);
    for (const { slot, completion } of complete) this.#slots.done(slot, completion.id);
  }

  get origins(): Origins {
    return this.#origins;
  }

  beat(): void {
    this.#slots.beat();
  }

  markDead(death: number): void {
    this.#slots.markDead(death);
  }

  /** Nobody is there any more. */
  end(): void {
    for (const request of this.#requests.values()) request.stop();
    this.#requests.clear();
    this.#origins.close();
  }
}
