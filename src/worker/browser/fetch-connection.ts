import { hostAndPort } from '../../shared/address.ts';
import { Status } from '../../shared/enums.ts';
import type { FailurePhase } from '../../shared/failure.ts';
import type { ConnectMessage, RequestMessage } from '../../shared/messages.ts';
import type { WorkerTimeouts } from '../../shared/settings.ts';
import type { ClientConnection } from '../connection/client-connection.ts';
import { reserveOf } from '../connection/reserve.ts';
import { type ResponseWatch, watchOver } from '../connection/response-watch.ts';
import type { Traffic } from '../connection/surroundings.ts';
import type { ConnectionParts } from '../session/client-session.ts';
import { eventLoop } from './event-loop.ts';
import { describeFetchFailure } from './fetch-error.ts';
import { type ExchangeOwner, FetchExchange } from './fetch-exchange.ts';

/**
 * What a client takes for a connection, in a page: an origin, and one `fetch` after the other. The browser has the real
 * connections, and tells nothing of them. So it is CONNECTED at once, and after each answer again.
 */
export class FetchConnection implements ClientConnection, ExchangeOwner {
  readonly #parts: ConnectionParts;
  readonly #traffic: Traffic;
  #watch: ResponseWatch | null = null;
  #origin = '';
  #where = '';
  #exchange: FetchExchange | null = null;
  #phase: FailurePhase = 'idle';
  #over = false;
  #bytesRead = 0;

  constructor(parts: ConnectionParts, traffic: Traffic) {
    this.#parts = parts;
    this.#traffic = traffic;
    this.setTimeouts(parts.settings.timeouts);
  }

  get over(): boolean {
    return this.#over;
  }

  get bytes(): null {
    return null;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** The browser does not tell. */
  get bytesWritten(): number {
    return 0;
  }

  get watch(): ResponseWatch | null {
    return this.#watch;
  }

  setTimeouts(timeouts: WorkerTimeouts): void {
    this.#watch?.stop();
    this.#watch = watchOver(timeouts, eventLoop, (error) => {
      const exchange = this.#exchange;
      this.onFailed(error);
      exchange?.close();
    });
  }

  connect({ host, port, tls }: ConnectMessage): void {
    this.#where = hostAndPort(host, port);
    this.#origin = `${tls ? 'https' : 'http'}://${this.#where}`;
    this.#parts.story.status(Status.CONNECTING);
    this.#parts.story.status(Status.CONNECTED);
  }

  request(message: RequestMessage): void {
    if (this.#over) return;
    const { sink, settings } = this.#parts;
    // Put together as text: a target that begins with `//` is a path of this server, and no other host.
    const url = this.#origin + message.target;
    const options = settings.fetch;
    this.#phase = 'request';
    this.#exchange = new FetchExchange(
      message,
      { url, options, sink, reserve: reserveOf(settings.limits) },
      this,
    );
  }

  addBody(bytes: Uint8Array): void {
    this.#exchange?.addBody(bytes);
  }

  wake(): void {
    this.#exchange?.wake();
  }

  onAsked(): void {
    this.#traffic.requests += 1;
    this.#phase = 'response';
    this.#parts.story.asked();
  }

  onHead(): void {
    this.#phase = 'body';
  }

  onBytes(count: number): void {
    this.#bytesRead += count;
  }

  onComplete(): void {
    this.#exchange = null;
    this.#phase = 'idle';
    this.#parts.story.complete(true);
  }

  onFailed(error: unknown): void {
    if (this.#over) return;
    const failed = { phase: this.#phase, where: this.#where, request: this.#exchange?.fate ?? null };
    this.#end();
    const failure = describeFetchFailure(failed, error, this.#parts.settings.fetch);
    this.#parts.story.fail(Status.CONNECTION_ERROR, failure);
  }

  close(): void {
    if (this.#over) return;
    this.#parts.story.silence();
    this.#exchange?.close();
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#exchange = null;
    this.#traffic.bytesRead += this.#bytesRead;
  }
}
