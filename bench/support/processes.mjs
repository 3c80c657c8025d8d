import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @import { Sample, Server } from './types.mjs' */

/**
 * What the process of a peer tells: a sample, and whether it stays for the next; or why it ends.
 * @typedef {{ sample: Sample, goesOn: boolean, failure?: undefined } | { failure: string }} ChildMessage
 */

/** Milliseconds. A run takes a few seconds, the first some more; one that hangs must not stop the others. */
const LIMIT = 180_000;

/** The peers that run. One that blocks does not see that this process has ended. */
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Where peers put their files: one that is killed can't remove them. */
let scratch = '';

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => process.exit(1));
}

/**
 * Starts the servers; they end with this process, or when they are disconnected. If they end before, there is nothing
 * to measure any more, and this process ends too.
 * @param {string} kind "auto", "node" or "nginx"
 * @returns {Promise<{ server: Server, stop: () => void }>}
 */
export async function startServer(kind) {
  const child = fork(new URL('../server.mjs', import.meta.url), [kind]);
  const server = /** @type {Server} */ (await firstMessage(child));
  const onExit = (/** @type {number | null} */ code, /** @type {string | null} */ signal) => {
    console.error(`The server of the benches has ended (${signal ?? code}).`);
    process.exit(1);
  };
  child.once('exit', onExit);
  const stop = () => {
    child.off('exit', onExit);
    child.disconnect();
  };
  return { server, stop };
}

/** One peer of one bench, in a process of its own: none inherits another's heap, warmth or threads. */
export class PeerProcess {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;
  #bench;
  #peer;
  #server;

  /**
   * @param {string} bench
   * @param {string} peer
   * @param {Server} server
   */
  constructor(bench, peer, server) {
    this.#bench = bench;
    this.#peer = peer;
    this.#server = server;
  }

  /** Measures once: in the process of the last time if the peer can go on there, else in a new one. */
  async measure() {
    if (this.#child) this.#child.send('again');
    else this.#child = this.#start();
    const child = this.#child;
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    try {
      const message = /** @type {ChildMessage} */ (await firstMessage(child));
      if (message.failure !== undefined) throw new Error(message.failure);
      if (!message.goesOn) this.#child = null;
      return message.sample;
    } catch (error) {
      this.#child = null;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #start() {
    scratch ||= mkdtempSync(join(tmpdir(), 'tickhttp-bench-'));
    const args = [this.#bench, this.#peer, JSON.stringify(this.#server)];
    const env = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: this.#server.certificate,
      NO_PROXY: '127.0.0.1',
      TMPDIR: scratch,
    };
    const child = fork(new URL('../child.mjs', import.meta.url), args, { env, execArgv: ['--expose-gc'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  stop() {
    if (this.#child?.connected) this.#child.disconnect();
    this.#child = null;
  }
}

/**
 * Settles when the child has said something; rejects if it ends before.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<unknown>}
 */
function firstMessage(child) {
  return new Promise((resolve, reject) => {
    const onExit = (/** @type {number | null} */ code, /** @type {string | null} */ signal) =>
      reject(new Error(`it ended early (${signal ?? code})`));
    child.once('error', reject);
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('error', reject);
      child.off('exit', onExit);
      resolve(message);
    });
  });
}
