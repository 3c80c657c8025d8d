import { Duplex } from 'node:stream';
import { type Port, RELAY_WINDOW, type RelayMessage, relayWeight } from '../shared/messages.ts';
import { ConnectionError } from './connection-error.ts';

/**
 * The stand-in for a stream that lives on the caller's thread (stream-relay.ts). Bytes count as passed on when somebody
 * here has asked for more than them, or when the stream over there has taken them; until then they use up the window.
 */
export class RelayStream extends Duplex {
  readonly #port: Port;
  /** The weight of what was pushed, and not yet asked beyond. */
  #pushed = 0;
  /** Bytes that were sent, and not yet passed on over there. */
  #underWay = 0;
  #goOn: (() => void) | null = null;
  /** Nothing more comes. */
  #over = false;
  /** As a socket counts. */
  bytesWritten = 0;

  constructor(port: Port) {
    super({ allowHalfOpen: false });
    this.#port = port;
    port.on('message', (message: RelayMessage) => this.#hear(message));
    port.on('close', () => {
      // What came before the end may not have been read yet; who reads the end destroys this.
      if (!this.#over) this.destroy();
    });
  }

  #hear(message: RelayMessage): void {
    if ('bytes' in message) {
      this.#pushed += relayWeight(message.bytes);
      this.push(message.bytes);
    } else if ('passed' in message) {
      this.#underWay -= message.passed;
      this.#goOnIfRoom();
    } else if ('end' in message) {
      this.#over = true;
      this.push(null);
    } else this.destroy(new ConnectionError(message.code, message.error));
  }

  #goOnIfRoom(): void {
    if (this.#underWay >= RELAY_WINDOW) return;
    const goOn = this.#goOn;
    this.#goOn = null;
    goOn?.();
  }

  override _read(): void {
    if (this.#pushed === 0) return;
    this.#say({ passed: this.#pushed });
    this.#pushed = 0;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#underWay += bytes.length;
    this.bytesWritten += bytes.length;
    // A view would be posted with all that it is a view of.
    const copy = new Uint8Array(bytes);
    this.#port.postMessage({ bytes: copy } satisfies RelayMessage, [copy.buffer]);
    this.#goOn = done;
    this.#goOnIfRoom();
  }

  override _final(done: () => void): void {
    this.#say({ end: true });
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    done(error);
  }

  #say(message: RelayMessage): void {
    this.#port.postMessage(message);
  }
}
