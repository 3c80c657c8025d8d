import { Duplex } from 'node:stream';
import { defaultConnectionHandler, Socks5Server } from '@pondwader/socks5-server';

/** @import { Connection } from './connection.mjs' */
/** @import { SocksService } from './protocol.ts' */

/** By their numbers in RFC 1928 section 5. */
const ADDRESS_TYPES = ['', 'IPv4', '', 'name', 'IPv6'];

/**
 * A SOCKS5 server of other people's making.
 * @param {SocksService} service
 * @returns {(connection: Connection) => void}
 */
export function socksServer({ credentials, hosts, refusal }) {
  return (connection) => {
    const server = new Socks5Server();
    if (credentials) {
      server.setAuthHandler(({ username, password }) => {
        return username === credentials.username && password === credentials.password;
      });
    }
    const { stream, heard } = overheard(connection);
    server.setConnectionHandler((request, sendStatus) => {
      const { destAddress: host, destPort } = request;
      connection.asked([addressType(heard(), credentials !== null), host, `${destPort}`]);
      if (refusal) return sendStatus(refusal);
      request.destAddress = hosts[host] ?? host;
      defaultConnectionHandler(request, (status) => {
        if (status === 'REQUEST_GRANTED') connection.tunnelled();
        sendStatus(status);
      });
    });
    server._handleConnection(stream);
  };
}

/**
 * The stream of a connection, and what has come through it so far. Not a listener on the stream itself: the server
 * pushes back what it has read too much of, which would be heard twice.
 * @param {Connection} connection
 */
function overheard(connection) {
  const { stream: source } = connection;
  const stream = new Duplex({
    read: () => void source.resume(),
    write(bytes, _encoding, done) {
      source.write(bytes, (error) => {
        if (!error) connection.sent(bytes.length);
        done(error);
      });
    },
    final: (done) => void source.end(done),
    destroy(error, done) {
      source.destroy();
      done(error);
    },
  });
  source.on('data', (bytes) => {
    connection.received(bytes);
    if (!stream.push(bytes)) source.pause();
  });
  source.on('end', () => stream.push(null));
  source.on('close', () => stream.destroy());
  return { stream, heard: () => Buffer.from(connection.snapshot().received) };
}

/**
 * The server does not tell how the host was given: it is in the request, behind the greeting and the credentials
 * (RFC 1928 sections 3 and 4, RFC 1929 section 2).
 * @param {Buffer} bytes
 * @param {boolean} authenticated
 */
function addressType(bytes, authenticated) {
  let at = 2 + bytes.readUInt8(1);
  if (authenticated) {
    at += 2 + bytes.readUInt8(at + 1);
    at += 1 + bytes.readUInt8(at);
  }
  return ADDRESS_TYPES[bytes.readUInt8(at + 3)] ?? '';
}
