import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../shared/kinds.ts';
import type { ProxyCredentials } from '../../shared/messages.ts';
import { ConnectionError } from '../connection-error.ts';
import { loginWanted } from './login.ts';

/** Where a tunnel leads: the name goes to the proxy as it is, which looks it up. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

const require = createRequire(import.meta.url);

/**
 * Asks a SOCKS5 proxy (RFC 1928, RFC 1929) to join `socket` to `destination`. Afterwards the socket is the tunnel:
 * paused, and with whatever came behind the proxy's answer as its next bytes.
 *
 * The library holds on to its client for `milliseconds`, the time it gives itself.
 */
export async function openSocksTunnel(
  socket: Socket,
  destination: Destination,
  credentials: ProxyCredentials | null,
  milliseconds: number,
): Promise<void> {
  checkLengths(destination.host, credentials);
  const { SocksClient }: typeof import('socks') = require('socks');
  const { remoteAddress: host = '', remotePort: port = 0 } = socket;
  const login = credentials ? { userId: credentials.username, password: credentials.password } : {};
  try {
    await SocksClient.createConnection({
      proxy: { host, port, type: 5, ...login },
      command: 'connect',
      destination,
      existing_socket: socket,
      timeout: milliseconds,
    });
  } catch (error) {
    throw socket.errored ?? translate(error, credentials);
  }
  await rewind(socket);
}

/** A byte says how long each is, and the library would throw where nobody can catch it. */
function checkLengths(host: string, credentials: ProxyCredentials | null): void {
  const { username, password } = credentials ?? { username: '', password: '' };
  for (const [what, text] of Object.entries({ host, user: username, password })) {
    const { length } = Buffer.from(text);
    if (length <= 255) continue;
    throw new ConnectionError(
      'INVALID_PROXY',
      `SOCKS5 carries a ${what} of 255 bytes at most, not of ${length}`,
    );
  }
}

/** The library emits what came behind the answer in the next turn of the event loop, and lets the socket flow. */
async function rewind(socket: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (bytes: Buffer): void => void early.push(bytes);
  socket.on('data', keep);
  await nextTurn();
  socket.off('data', keep);
  socket.pause();
  for (const bytes of early.reverse()) socket.unshift(bytes);
}

/** The library's errors have no codes. */
function translate(error: unknown, sent: ProxyCredentials | null): ConnectionError {
  const message = messageOf(error);
  if (/authentication/i.test(message)) return loginWanted(sent);
  // It knows what refusals there are, and takes whatever else comes for one.
  if (/rejected.*undefined/i.test(message)) return refused('PROXY_GARBAGE', 'an unknown answer', NO_SOCKS);
  if (/rejected/i.test(message)) return refused('PROXY_REFUSED', message, 'the proxy did not connect');
  if (/closed/i.test(message)) return new ConnectionError('PROXY_CLOSED', CLOSED);
  return refused('PROXY_GARBAGE', message, NO_SOCKS);
}

function refused(code: string, message: string, meaning: string): ConnectionError {
  return new ConnectionError(code, `${meaning}: ${message}`);
}

const NO_SOCKS = 'what came from the proxy is no SOCKS5';
const CLOSED = 'the proxy closed the connection without an answer (is it a SOCKS5 proxy?)';
