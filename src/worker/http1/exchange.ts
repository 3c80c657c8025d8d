import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Endpoint } from '../connection/network.ts';
import type { Transport } from '../connection/transport.ts';
import type { ResponseHead } from './parser/response.ts';
import { type RequestHead, requestHead } from './request-head.ts';
import { Upload, type UploadTools } from './upload.ts';

/** A request, and what its answer means for the connection. */
export class Exchange {
  readonly message: RequestMessage;
  readonly #later: UploadTools['later'];
  readonly #upload: Upload;
  #head: RequestHead | null = null;
  #fate: RequestFate = 'unsent';
  #keepAlive = false;
  #beyond: Endpoint | null = null;

  constructor(message: RequestMessage, tools: UploadTools) {
    this.message = message;
    this.#later = tools.later;
    this.#upload = new Upload(message, tools);
  }

  addBody(bytes: Uint8Array): void {
    this.#upload.add(bytes);
  }

  /** Drops what was not written of the body yet. */
  giveUpBody(): void {
    this.#upload.giveUp();
  }

  /** Writes the request. Returns true if a 101 would be an answer to it. */
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
   * Reports whether the request has been sent; at once if it has. A TLS socket reports that some turns of the event
   * loop late, when the answer may already be here. If it takes longer, the request counts as not sent.
   */
  afterSent(done: (sent: boolean) => void, turns = FLUSH_TURNS): void {
    if (this.sent || turns === 0) done(this.sent);
    else this.#later(() => this.afterSent(done, turns - 1));
  }

  /** A part of its answer has come. */
  heard(): void {
    this.#fate = 'answered';
  }

  /** How far the request has come, in case the connection is lost. */
  get fate(): RequestFate {
    return this.#fate;
  }

  /** The head of its answer has come. */
  answered({ statusCode, keepAlive }: ResponseHead): void {
    this.#keepAlive = keepAlive && this.#head?.close === false;
    const leadsOn = statusCode === 101 || (this.#head?.connect === true && statusCode < 300);
    if (!leadsOn) this.#beyond = null;
  }

  /** Both sides have said that the connection can carry another request. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /**
   * Where the connection leads after an answer that began a tunnel or another protocol. Null after any other answer.
   */
  get beyond(): Endpoint | null {
    return this.#beyond;
  }
}

/** Behind such an answer the proxy reads no more requests. Whoever reads them must not get the proxy's password. */
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
