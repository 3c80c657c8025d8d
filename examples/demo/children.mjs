import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * The demo's other processes. Each ends when its channel to this process closes, so none outlives it, however
 * it ends.
 */
export class Children {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #running = new Set();
  stopped = false;

  /**
   * Starts a script of this folder, and waits for the first thing it says; rejects if it ends before.
   * @param {string} script
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env]
   * @returns {Promise<unknown>}
   */
  ask(script, args = [], env = process.env) {
    if (this.stopped) return Promise.reject(new Error('stopped'));
    const child = fork(new URL(script, import.meta.url), args, { env, serialization: 'advanced' });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${script} ended early (${signal ?? code})`)));
    });
  }

  /** Ends all of them; settles when they are gone. */
  async stop() {
    this.stopped = true;
    const ends = [...this.#running].map((child) => once(child, 'exit'));
    for (const child of this.#running) if (child.connected) child.disconnect();
    await Promise.all(ends);
  }
}
