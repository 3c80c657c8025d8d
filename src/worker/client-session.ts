import type { Death } from '../shared/layout.ts';
import type { AttachTicket, ClientMessage, ConnectMessage } from '../shared/messages.ts';
import { HttpConnection, type Traffic } from './http-connection.ts';
import type { LogWriter } from './log-writer.ts';

/** A client, seen from its worker: its memory, its port, and the connection it has at the moment. */
export class ClientSession {
  readonly #ticket: AttachTicket;
  readonly #log: LogWriter;
  readonly #scratch: Uint8Array;
  readonly #traffic: Traffic;
  #connection: HttpConnection | null = null;

  constructor(ticket: AttachTicket, log: LogWriter, scratch: Uint8Array, traffic: Traffic) {
    this.#ticket = ticket;
    this.#log = log;
    this.#scratch = scratch;
    this.#traffic = traffic;
  }

  get connection(): HttpConnection | null {
    return this.#connection?.closed === false ? this.#connection : null;
  }

  hear(message: ClientMessage): void {
    switch (message.verb) {
      case 'connect':
        this.#connect(message);
        break;
      case 'request':
        this.#connection?.request(message);
        break;
      case 'close':
        this.close();
        break;
      case 'wake':
        this.#connection?.wake();
        break;
      default:
        message satisfies never;
    }
  }

  #connect(message: ConnectMessage): void {
    this.close();
    this.#log.begin(message.epoch);
    this.#connection = new HttpConnection(
      message,
      this.#log,
      this.#ticket.limits,
      this.#scratch,
      this.#traffic,
    );
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  /** Shows the caller that the thread's event loop turns. */
  beat(): void {
    this.#log.beat();
  }

  bury(death: Death): void {
    this.#log.bury(death);
  }
}
