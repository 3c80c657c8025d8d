import { RequestError, Server } from 'proxy-chain';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Connection } from './connection.mjs' */
/** @import { Hosts, ProxyService } from './protocol.ts' */

/**
 * An HTTP proxy of other people's making: what passes it is more than what two ends of our own agree on. It is given
 * the connections of a listener that is not its own, so none of its server's timeouts ever fires.
 * @param {ProxyService} service
 * @returns {(connection: Connection) => void}
 */
export function proxyServer({ credentials, hosts, forbiddenPorts }) {
  /** @type {WeakMap<object, Connection>} */
  const connections = new WeakMap();
  const { server } = new Server({
    prepareRequestFunction({ request, username, password, port, isHttp }) {
      if (credentials && (username !== credentials.username || password !== credentials.password)) {
        return { requestAuthentication: true };
      }
      if (forbiddenPorts.includes(port)) throw new RequestError(`No way to port ${port}`, 403);
      if (!isHttp) connections.get(request.socket)?.tunnelled();
      return {};
    },
  });
  server.keepAliveTimeout = 0;
  for (const event of ['request', 'connect']) {
    server.prependListener(event, (/** @type {IncomingMessage} */ request) => {
      const connection = connections.get(request.socket);
      connection?.asked(headOf(request));
      connection?.sample();
      request.url = resolve(request.url ?? '', hosts);
    });
  }
  return (connection) => {
    connections.set(connection.stream, connection);
    connection.stream.on('close', () => connection.sample());
    server.emit('connection', connection.stream);
  };
}

/** @param {IncomingMessage} request */
function headOf({ method, url, httpVersion, rawHeaders }) {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return lines;
}

/**
 * The target of a request, with the address for the name.
 * @param {string} target
 * @param {Hosts} hosts
 */
function resolve(target, hosts) {
  return target.replace(
    /^(http:\/\/)?([^:/?]+)/,
    (_all, scheme = '', name = '') => scheme + (hosts[name] ?? name),
  );
}
