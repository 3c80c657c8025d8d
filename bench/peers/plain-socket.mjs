import { connect } from 'node:net';

const HEAD_END = '\r\n\r\n';

/**
 * A GET over a socket of its own that understands as little of the answer as it can.
 * @param {URL} url
 * @returns {Promise<{ body: Uint8Array, end: () => void }>}
 */
export function socketGet({ hostname, port, pathname }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('error', reject);
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    socket.on('data', (data) => {
      // Our server writes a small answer at once, and the loopback brings it in one piece.
      const body = data.subarray(data.indexOf(HEAD_END) + HEAD_END.length);
      resolve({ body, end: () => socket.destroy() });
    });
  });
}
