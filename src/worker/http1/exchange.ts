import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Later } from '../connection/event-loop.ts';
import type { Endpoint } from '../connection/network.ts';
import type { Transport } from '../connection/transport.ts';
import type { ResponseHead } from './parser/response.ts';
import { type RequestHead, requestHead } from './request-head.ts';
import { Upload } from './upload.ts';

/** A request, and what its answer means for the connection. */
export class Exchange {
  readonly message: RequestMessage;
  readonly #later: Later;
  readonly #upload: Upload;
  #head: RequestHead | null = null;
  #fate: RequestFate = 'unsent';
  #keepAlive = false;
  #beyond: Endpoint | null = null;

  /** `onTaken` hears of every piece of the body that the system has taken. `small`: the pieces are small. */
  constructor(message: RequestMessage, later: Later, small: boolean, onTaken: (count: number) => void) {
    this.message = message;
    this.#later = later;
    this.#upload = new Upload(message, later, small, onTaken);
  }

  addBody(bytes: Uint8Array): void {
    this.#upload.add(bytes);
  }

  /** Writes it. True: a 101 would be an answer to it. */
  send(transport: Transport, endpoint: Endpoint): boolean {
    this.#fate = 'unanswered';
    this.#head = requestHead(this.message, endpoint.authority);
    this.#beyond = this.#head.connect ? tunnelTo(this.message.target, endpoint) : withoutProxy(endpoint);
    this.#upload.start(transport, this.#head.text);
    return this.#head.upgrade;
  }

  /** Everything has been handed to the operating system. */
  get sent(): boolean {
    return this.#upload.complete;
  }

  /**
   * Tells whether it has been sent, now if it has. A TLS socket says so some turns of the event loop after the
   * fact, when the answer may be here already; what takes longer is not sent.
   */
  afterSent(done: (sent: boolean) => void, turns = FLUSH_TURNS): void {
    if (this.sent || turns === 0) done(this.sent);
    else this.#later(() => this.afterSent(done, turns - 1));
  }

  /** Something of its answer has come. */
  heard(): void {
    this.#fate = 'answered';
  }

  /** What is known of it where the connection is lost. */
  get fate(): RequestFate {
    return this.#fate;
  }

  /** The head of its answer has come. */
  answered({ statusCode, keepAlive }: ResponseHead): void {
    this.#keepAlive = keepAlive && this.#head?.close === false;
    const leadsOn = statusCode === 101 || (this.#head?.connect === true && statusCode < 300);
    if (!leadsOn) this.#beyond = null;
  }

  /** By both sides' word the connection can carry another request. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /** Where the connection leads once the answer is complete, if it has made a tunnel of it or another protocol. */
  get beyond(): Endpoint | null {
    return this.#beyond;
  }
}

/** A proxy that has led on reads no more requests: its password is not for who does. */
function withoutProxy(endpoint: Endpoint): Endpoint {
  return { ...endpoint, authority: { ...endpoint.authority, forwarding: null } };
}

function tunnelTo(target: string, { where, forget }: Endpoint): Endpoint {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  const authority = { host, port: Number(port), secure: false, forwarding: null };
  return { authority, where: `${target} (through ${where})`, forget };
}

/** With room to spare. */
const FLUSH_TURNS = 8;
