/**
 * A listener that never accepts: its thread sleeps from the moment it listens. The kernel completes as many
 * connections as the backlog holds and drops the rest. The thread ends when it is terminated.
 */
import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { portOf } from './listener.mjs';

const server = createServer();
server.listen({ host: workerData.host, port: 0, backlog: workerData.backlog }, () => {
  parentPort?.postMessage(portOf(server));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
