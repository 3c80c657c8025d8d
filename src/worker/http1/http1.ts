import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { HeadLimits } from '../../shared/settings.ts';
import { ConnectionError } from '../connection/connection-error.ts';
import type { Line } from '../connection/network.ts';
import type { Pace } from '../connection/transport.ts';
import { TransportProtocol, type TransportTools } from '../connection/transport-protocol.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';
import { type AnswerEvents, AnswerReader } from './answer-reader.ts';
import { Exchange } from './exchange.ts';
import type { ResponseHead } from './parser/response.ts';

export interface Http1Tools extends TransportTools {
  readonly sink: AnswerSink;
  readonly limits: HeadLimits;
}

/** HTTP/1.1 over a transport: one request at a time, and its answer. */
export class Http1 extends TransportProtocol implements AnswerEvents {
  readonly #sink: AnswerSink;
  readonly #reader: AnswerReader;
  #exchange: Exchange | null = null;

  constructor(tools: Http1Tools) {
    super(tools);
    this.#sink = tools.sink;
    this.#reader = new AnswerReader(tools.sink, tools.limits, this);
    this.valve.open(this.#reader);
  }

  get fate(): RequestFate | null {
    return this.#exchange?.fate ?? null;
  }

  get sent(): boolean {
    return this.#exchange?.sent ?? false;
  }

  get answering(): boolean {
    return this.#reader.active;
  }

  override open(line: Line): void {
    super.open(line);
    if (this.#exchange) this.#writeLater(this.#exchange);
  }

  /**
   * Writes the request at the end of this turn of the event loop. Until then, everything is read that the server sent
   * before it could see the request. That is recognised as unsolicited, and can't pass as the answer (RFC 9112 section
   * 9.2).
   */
  request(message: RequestMessage): void {
    const { later, lent } = this;
    const { watch } = this.owner;
    const onTaken = (count: number): void => {
      this.owner.uploaded(count);
      watch?.progressed(exchange.sent);
    };
    const exchange = new Exchange(message, { later, lent, small: watch !== null, onTaken });
    this.#exchange = exchange;
    if (this.owner.over) this.#letGo();
    else if (this.line) this.#writeLater(exchange);
  }

  addBody(bytes: Uint8Array): void {
    if (this.#exchange) this.#exchange.addBody(bytes);
    else this.lent.giveBack(bytes);
  }

  #writeLater(exchange: Exchange): void {
    this.later(() => this.#write(exchange));
  }

  #write(exchange: Exchange): void {
    if (this.owner.over || this.line === null) return;
    const { transport, endpoint } = this.line;
    // Bytes that were held are not for this request. Nor are those that a stopped transport has not read yet.
    if (this.valve.release()) transport.resume();
    // A dead transport will report its end, and nothing was sent.
    if (this.owner.over || transport.dead) return;
    if (transport.isCatchingUp()) {
      this.#writeLater(exchange);
      return;
    }
    this.#sink.expect();
    this.owner.watch?.asked(exchange.message.bodyLength > 0);
    this.owner.happened('asking');
    transport.flush();
    const upgrade = exchange.send(transport, endpoint);
    this.#reader.expect(exchange.message.method, upgrade);
    this.valve.begin();
  }

  read(count: number, buffer: Uint8Array): Pace {
    if (this.#reader.active) this.#exchange?.heard();
    const pace = this.valve.read(count, buffer);
    if (this.#reader.active) this.owner.watch?.received(this.#reader.bodyCame, pace === 'stop');
    return pace;
  }

  onHead(head: ResponseHead): void {
    this.owner.happened('headCame');
    this.owner.watch?.answered();
    this.#exchange?.answered(head);
  }

  onEnd(leftOver: Uint8Array): void {
    const exchange = this.#exchange;
    this.owner.watch?.stop();
    if (exchange === null) return;
    const { beyond, keepAlive } = exchange;
    if (beyond) {
      this.leadTo(beyond);
      this.valve.hold([leftOver.slice()]);
    }
    if (!beyond && (!keepAlive || leftOver.length > 0)) this.#conclude('completeLast');
    else if (exchange.sent) this.#conclude('complete');
    else this.#concludeWhenSent(exchange);
  }

  /**
   * The answer is complete before the request is. If the rest of the request is not sent, the connection can't be used.
   */
  #concludeWhenSent(exchange: Exchange): void {
    this.owner.happened('completeEarly');
    // The last bytes of the answer must not be visible before its END.
    this.valve.publishLater();
    exchange.afterSent((sent) => this.#conclude(sent ? 'requestSent' : 'requestCut'));
  }

  #conclude(event: 'complete' | 'completeLast' | 'requestSent' | 'requestCut'): void {
    this.#letGo();
    this.owner.happened(event);
  }

  #letGo(): void {
    this.#exchange?.giveUpBody();
    this.#exchange = null;
  }

  onUnsolicited(count: number): void {
    const message = `the server sent ${count} bytes that no request had asked for`;
    this.owner.failed(new ConnectionError('UNSOLICITED_DATA', message));
  }

  onError(error: unknown): void {
    this.owner.failed(error);
  }

  protected peerEnded(cut: boolean): void {
    if (this.#reader.active) {
      this.#reader.finish(cut);
      this.valve.publish();
    } else this.owner.happened('peerClosed');
  }

  override close(): void {
    super.close();
    this.#letGo();
  }
}
