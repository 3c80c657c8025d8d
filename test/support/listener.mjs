import { on, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createServer as createTLSServer, Server as TLSServer } from 'node:tls';
import { Connection } from './connection.mjs';
import { routesServer } from './routes.mjs';
import { scriptServer } from './script.mjs';
import { ServerState } from './server-state.mjs';

/** @import { AddressInfo, Server } from 'node:net' */
/** @import { ServerSpec } from './protocol.ts' */

/**
 * Opens a server of any kind. One listener for all: connections are counted and recorded alike, and a script
 * has the TCP socket under the TLS one, which it needs to reset it.
 * @param {ServerSpec} spec
 * @param {SharedArrayBuffer} memory
 */
export async function openServer(spec, memory) {
  const state = new ServerState(memory);
  const serve = await makeService(spec, state);
  const listener = makeListener(spec);
  /** @type {Connection[]} */
  const connections = [];

  let closing = false;
  listener.on('connection', (socket) => {
    if (closing) return;
    const connection = new Connection(connections.length, socket, state);
    connections.push(connection);
    if (!spec.tls) serve(connection);
  });
  if (listener instanceof TLSServer) serveSecured(listener, connections, serve);

  listener.listen(spec.listen);
  await once(listener, 'listening');
  return {
    port: 'path' in spec.listen ? null : portOf(listener),
    connections: () => connections.map((connection) => connection.snapshot()),
    async close() {
      if (closing) return;
      closing = true;
      if ('port' in spec.listen) await keepPort(listener);
      listener.close();
      for (const { socket } of connections) socket.destroy();
    },
  };
}

/**
 * Makes a connection that lives as long as this thread. So when the listener is closed, its port refuses connections, and
 * the system gives it to nobody who asks for any port, but to who asks for this one.
 * @param {Server} listener
 */
async function keepPort(listener) {
  const { address, port } = addressOf(listener);
  const arriving = on(listener, 'connection');
  const socket = connect({ host: address, port });
  await once(socket, 'connect');
  for await (const [accepted] of arriving) {
    if (accepted.remotePort === socket.localPort) return;
    // Somebody who comes too late.
    accepted.destroy();
  }
}

/**
 * @param {ServerSpec} spec
 * @param {ServerState} state
 * @returns {Promise<(connection: Connection) => void>}
 */
async function makeService({ service, flags }, state) {
  switch (service.kind) {
    case 'routes':
      return routesServer(flags, state);
    case 'scripts':
      return scriptServer(service.scripts, flags, state);
    // Imported when needed: most tests have no proxy, and these bring packages.
    case 'proxy':
      return (await import('./proxy.mjs')).proxyServer(service);
    case 'socks':
      return (await import('./socks.mjs')).socksServer(service);
  }
}

/** @param {ServerSpec} spec */
function makeListener({ tls }) {
  const options = { allowHalfOpen: true, noDelay: true };
  return tls ? createTLSServer({ ...options, ...tls }) : createServer(options);
}

/**
 * @param {TLSServer} listener
 * @param {Connection[]} connections
 * @param {(connection: Connection) => void} serve
 */
function serveSecured(listener, connections, serve) {
  /**
   * On a unix socket none has a port, and the last one is meant: a test opens one after the other.
   * @param {number | undefined} port
   */
  const find = (port) => connections.findLast(({ remotePort }) => remotePort === port);

  listener.on('secureConnection', (stream) => {
    const connection = find(stream.remotePort);
    if (!connection) throw new Error('a TLS connection without a TCP connection');
    connection.secure(stream);
    serve(connection);
  });
  listener.on('tlsClientError', (error, stream) => find(stream.remotePort)?.fail(error));
}

/** @param {{ address(): AddressInfo | string | null }} listener */
export function portOf(listener) {
  return addressOf(listener).port;
}

/** @param {{ address(): AddressInfo | string | null }} listener */
function addressOf(listener) {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address;
}
