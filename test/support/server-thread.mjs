/** The thread of all of a test's servers: it answers while the test's own thread is blocked. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { openServer, portOf } from './listener.mjs';

/** @import { Socket } from 'node:net' */
/** @import { Answer, AnswerMessage, Call, CallMessage } from './protocol.ts' */

/** @type {Awaited<ReturnType<typeof openServer>>[]} */
const servers = [];

parentPort?.on('message', (/** @type {CallMessage} */ { id, call }) => {
  perform(call).then(
    (answer) => reply({ id, answer }),
    (error) => reply({ id, error: `${error}` }),
  );
});

/** @param {AnswerMessage} message */
function reply(message) {
  parentPort?.postMessage(message);
}

/**
 * @param {Call} call
 * @returns {Promise<Answer>}
 */
async function perform(call) {
  switch (call.do) {
    case 'listen': {
      const server = await openServer(call.spec, call.memory);
      return { server: servers.push(server) - 1, port: server.port };
    }
    case 'connections':
      return servers[call.server]?.connections() ?? [];
    case 'close':
      await servers[call.server]?.close();
      return null;
    case 'refuse':
      return refusedPort(call.host);
    case 'fill':
      await Promise.all(Array.from({ length: call.connections }, () => connected(call.host, call.port)));
      return null;
  }
}

/**
 * The port of a connection's client end: nobody listens there, and while the connection lives nobody else is
 * given it, as could happen to the port of a server that was closed.
 * @param {string} host
 */
async function refusedPort(host) {
  const server = createServer();
  server.listen({ host, port: 0 });
  await once(server, 'listening');
  const { localPort } = await connected(host, portOf(server));
  if (localPort === undefined) throw new Error('the connection is gone');
  return localPort;
}

/**
 * A connection that stays open as long as this thread.
 * @param {string} host
 * @param {number} port
 * @returns {Promise<Socket>}
 */
async function connected(host, port) {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  return socket;
}
