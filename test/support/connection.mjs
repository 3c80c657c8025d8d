/** @import { Socket } from 'node:net' */
/** @import { TLSSocket } from 'node:tls' */
/** @import { ConnectionEvent, ConnectionRecord, SecuredRecord } from './protocol.ts' */
/** @import { ServerState } from './server-state.mjs' */

const KEPT = 1024 * 1024;

/** What one server knows of one of its connections. */
export class Connection {
  #state;
  /** @type {ConnectionEvent[]} */
  #events = [];
  /** @type {string | null} */
  #error = null;
  /** @type {string[][]} */
  #asked = [];
  /** @type {Buffer[]} */
  #kept = [];
  #keptBytes = 0;
  #bytesReceived = 0;
  #bytesSent = 0;
  /** @type {SecuredRecord | null} */
  #tls = null;

  /**
   * @param {number} index
   * @param {Socket} socket
   * @param {ServerState} state
   */
  constructor(index, socket, state) {
    this.#state = state;
    this.index = index;
    /** The TCP socket. */
    this.socket = socket;
    /** What is read and written: the TCP socket, or the TLS socket over it. */
    this.stream = socket;
    // Kept, because a TLS socket is matched with its TCP socket by it, and a closed socket has forgotten it.
    this.remotePort = socket.remotePort;
    this.from = socket.remoteAddress ?? '';
    /** The step its script is at. */
    this.step = 0;
    socket.once('close', () => this.#onClose());
    state.add(index, 'connections', 1);
    this.record('connected');
    this.#watch(socket);
  }

  /** @param {TLSSocket} stream */
  secure(stream) {
    this.stream = stream;
    this.#tls = {
      serverName: servernameOf(stream),
      protocol: stream.getProtocol(),
      alpnProtocol: stream.alpnProtocol,
      resumed: stream.isSessionReused(),
      client: stream.getPeerX509Certificate()?.subject ?? null,
    };
    this.record('secured');
    this.#watch(stream);
  }

  /** @param {ConnectionEvent} event */
  record(event) {
    this.#events.push(event);
    this.#state.touch();
  }

  /** @param {unknown} error */
  fail(error) {
    const reset = error instanceof Error && 'code' in error && /^(ECONNRESET|EPIPE)$/.test(`${error.code}`);
    if (reset && !this.#events.includes('reset')) this.#events.push('reset');
    this.#error ??= error instanceof Error ? error.message : `${error}`;
    this.#state.touch();
  }

  /** @param {Buffer} bytes */
  received(bytes) {
    if (this.#keptBytes < KEPT) {
      this.#kept.push(bytes.subarray(0, KEPT - this.#keptBytes));
      this.#keptBytes += bytes.length;
    }
    this.#countReceived(bytes.length);
  }

  requested() {
    this.#state.add(this.index, 'requests', 1);
  }

  /** @param {string[]} what a proxy is asked to do */
  asked(what) {
    this.#asked.push(what);
    this.requested();
  }

  tunnelled() {
    this.#state.add(this.index, 'tunnels', 1);
  }

  /** @param {number} amount */
  sent(amount) {
    this.#bytesSent += amount;
    this.#state.add(this.index, 'sent', amount);
  }

  /** Counts from the socket's own counters what was not counted: Node's HTTP parser reads past JavaScript. */
  sample() {
    const read = this.stream.bytesRead - this.#bytesReceived;
    const written = this.stream.bytesWritten - this.stream.writableLength - this.#bytesSent;
    if (read > 0) this.#countReceived(read);
    if (written > 0) this.sent(written);
  }

  /** @returns {ConnectionRecord} */
  snapshot() {
    return {
      index: this.index,
      from: this.from,
      events: [...this.#events],
      asked: [...this.#asked],
      received: new Uint8Array(Buffer.concat(this.#kept)),
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      step: this.step,
      error: this.#error,
      tls: this.#tls,
    };
  }

  /** @param {number} amount */
  #countReceived(amount) {
    this.#bytesReceived += amount;
    this.#state.add(this.index, 'received', amount);
  }

  /** @param {Socket} stream */
  #watch(stream) {
    stream.on('error', (error) => this.fail(error));
    stream.once('end', () => this.record('ended'));
  }

  #onClose() {
    this.#events.push('closed');
    this.#state.add(this.index, 'closed', 1);
  }
}

/** @param {TLSSocket} stream */
function servernameOf(stream) {
  const name = Reflect.get(stream, 'servername');
  return typeof name === 'string' ? name : false;
}
