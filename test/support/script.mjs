import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Inbox } from './inbox.mjs';

/** @import { Connection } from './connection.mjs' */
/** @import { Script, Step } from './protocol.ts' */
/** @import { ServerState } from './server-state.mjs' */

/** What is sent in one write: small enough that a slow reader shows in the counters. */
const PIECE = 64 * 1024;

/**
 * @param {readonly Script[]} scripts
 * @param {readonly string[]} flags
 * @param {ServerState} state
 * @returns {(connection: Connection) => void}
 */
export function scriptServer(scripts, flags, state) {
  return (connection) => {
    const script = scripts[Math.min(connection.index, scripts.length - 1)] ?? [];
    new ScriptRun(connection, flags, state).run(script).catch((error) => {
      connection.fail(error);
      connection.stream.end();
    });
  };
}

/** A script being played on one connection. */
class ScriptRun {
  #connection;
  #stream;
  #inbox;
  #flags;
  #state;
  /** @type {Map<string, number>} */
  #waits = new Map();

  /**
   * @param {Connection} connection
   * @param {readonly string[]} flags
   * @param {ServerState} state
   */
  constructor(connection, flags, state) {
    this.#connection = connection;
    this.#stream = connection.stream;
    this.#inbox = new Inbox(connection);
    this.#flags = flags;
    this.#state = state;
  }

  /** @param {Script} script */
  async run(script) {
    for (const step of script) {
      await this.#play(step);
      this.#connection.step++;
    }
    this.#connection.record('finished');
    await this.#inbox.drain();
    this.#stream.end();
  }

  /**
   * @param {Step} step
   * @returns {Promise<unknown>}
   */
  async #play(step) {
    if ('expectHead' in step) return this.#expectHead();
    if ('expectBytes' in step) return this.#inbox.take(step.expectBytes);
    if ('send' in step) return this.#send(Buffer.from(step.send), PIECE);
    if ('sendEach' in step) return this.#sendEach(Buffer.from(step.sendEach), step.size ?? 1);
    if ('sendForever' in step) return this.#sendForever(Buffer.from(step.sendForever));
    if ('waitFor' in step) return this.#waitFor(step.waitFor);
    if ('pauseReading' in step) return this.#stream.pause();
    if ('resumeReading' in step) return this.#stream.resume();
    if ('tunnelTo' in step) return this.#tunnelTo(step.tunnelTo);
    if ('end' in step) return this.#stream.end();
    if ('destroy' in step) return this.#connection.socket.destroy();
    if ('reset' in step) return this.#connection.socket.resetAndDestroy();
    return this.#hold(step);
  }

  async #expectHead() {
    await this.#inbox.takeHead();
    this.#connection.requested();
  }

  /**
   * @param {Buffer} bytes
   * @param {number} size
   */
  async #send(bytes, size) {
    for (let at = 0; at < bytes.length; at += size) await this.#write(bytes.subarray(at, at + size));
  }

  /**
   * @param {Buffer} bytes
   * @param {number} size
   */
  async #sendEach(bytes, size) {
    for (let at = 0; at < bytes.length; at += size) {
      await this.#write(bytes.subarray(at, at + size));
      await turn();
    }
  }

  /** @param {Buffer} bytes */
  async #sendForever(bytes) {
    // Few bytes are repeated first: one write for each would make the server the slow one.
    const times = Math.max(1, Math.floor(PIECE / bytes.length));
    const many = Buffer.concat(Array.from({ length: times }, () => bytes));
    for (this.#inbox.discard(); ; ) {
      await this.#send(many, PIECE);
      // While the kernel takes everything at once, nothing else would make the loop turn.
      await turn();
    }
  }

  /** @param {string} name */
  async #waitFor(name) {
    const times = (this.#waits.get(name) ?? 0) + 1;
    this.#waits.set(name, times);
    await this.#state.released(this.#flags.indexOf(name), times);
  }

  /** @param {{ host: string, port: number }} target */
  async #tunnelTo({ host, port }) {
    const target = connect({ host, port, allowHalfOpen: true });
    target.on('error', () => this.#connection.socket.destroy());
    this.#stream.once('close', () => target.destroy());
    await once(target, 'connect');
    this.#inbox.forwardTo(target);
    // Not destroyed at its end: what ends one way may go on the other.
    for await (const bytes of target.iterator({ destroyOnReturn: false })) await this.#write(bytes);
    this.#stream.end();
    await once(target, 'close');
  }

  /** @param {{ hold: true }} _step the last kind there is: another one would not compile */
  async #hold(_step) {
    this.#inbox.discard();
    await once(this.#connection.socket, 'close');
  }

  /**
   * @param {Buffer} bytes
   * @returns {Promise<void>}
   */
  #write(bytes) {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => {
        if (error) return reject(error);
        this.#connection.sent(bytes.length);
        resolve();
      });
    });
  }
}
