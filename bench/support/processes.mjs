import { fork } from 'node:child_process';

/** @import { Sample, Server } from './types.mjs' */

/** Milliseconds. A run takes a few seconds; one that hangs must not stop the others. */
const LIMIT = 60_000;

/**
 * Starts the server; it ends with this process, or when it is disconnected.
 * @returns {Promise<{ server: Server, stop: () => void }>}
 */
export async function startServer() {
  const child = fork(new URL('../server.mjs', import.meta.url));
  const server = /** @type {Server} */ (await firstMessage(child));
  return { server, stop: () => child.disconnect() };
}

/**
 * Runs one peer of one bench in a process of its own.
 * @param {string} bench
 * @param {string} peer
 * @param {Server} server
 * @param {string} certificate the file of the authority to trust: fetch takes it from nowhere else
 */
export async function runPeer(bench, peer, server, certificate) {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate, NO_PROXY: '127.0.0.1' };
  const child = fork(new URL('../child.mjs', import.meta.url), [bench, peer, JSON.stringify(server)], {
    env,
    execArgv: ['--expose-gc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  try {
    return /** @type {Sample} */ (await firstMessage(child));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Settles when the child has said something; rejects if it ends before.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<unknown>}
 */
function firstMessage(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended early (${signal ?? code})`)));
  });
}
