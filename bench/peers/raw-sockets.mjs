import { createConnection } from 'node:net';
import { connect } from 'node:tls';

/** @import { Downloader } from '../support/downloads.mjs' */

/**
 * The limit: a socket that reads into one piece of memory again and again, and knows that nothing but a head, in one
 * piece, and then a body with a length will come.
 * @type {Downloader}
 */
export function rawSocket(origin) {
  const { protocol, hostname, port } = new URL(origin);
  /** @type {(bytes: Buffer) => void} */
  let take = () => {};
  const onread = {
    buffer: Buffer.alloc(65_536),
    callback: (/** @type {number} */ count, /** @type {Uint8Array} */ memory) => {
      take(Buffer.from(memory.buffer, memory.byteOffset, count));
      return true;
    },
  };
  const options = { host: hostname, port: Number(port), onread };
  const socket = protocol === 'https:' ? connect(options) : createConnection(options);
  return (path, body) =>
    new Promise((resolve) => {
      let left = -1;
      take = (bytes) => {
        const rest = left < 0 ? bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) : bytes;
        if (left < 0) left = Number(/Content-Length: (\d+)/.exec(bytes.toString('latin1', 0, 1024))?.[1]);
        body.take(rest);
        left -= rest.length;
        if (left === 0) resolve();
      };
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    });
}
