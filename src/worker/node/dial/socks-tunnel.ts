import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../../shared/kinds.ts';
import type { ProxyCredentials } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
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
  const heard = new Heard(socket);
  try {
    await SocksClient.createConnection({
      proxy: { host, port, type: 5, ...login },
      command: 'connect',
      destination,
      existing_socket: socket,
      timeout: milliseconds,
    });
  } catch (error) {
    throw socket.errored ?? translate(error, heard.reply, credentials);
  } finally {
    heard.stop();
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

/** The beginning of what a proxy has sent: the library's errors do not have its numbers. */
class Heard {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.prependListener('data', this.#take);
  }

  readonly #take = (bytes: Buffer): void => {
    if (this.#bytes.length < LONGEST_BEGINNING)
      this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, LONGEST_BEGINNING)]);
  };

  stop(): void {
    this.#socket.off('data', this.#take);
  }

  /** Version and number of the reply to the request (RFC 1928 section 6), as far as it has come. */
  get reply(): Reply {
    const [, method] = this.#bytes;
    // The answer to user and password comes before it (RFC 1929 section 2).
    const [version, number] = this.#bytes.subarray(method === USER_AND_PASSWORD ? 4 : 2);
    return { version, number };
  }
}

interface Reply {
  readonly version: number | undefined;
  readonly number: number | undefined;
}

const USER_AND_PASSWORD = 2;

/** Method, login and the first two bytes of the reply. */
const LONGEST_BEGINNING = 6;

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
function translate(
  error: unknown,
  { version, number }: Reply,
  sent: ProxyCredentials | null,
): ConnectionError {
  const message = messageOf(error);
  if (/no accepted authentication/i.test(message) && sent) return noLogin(METHODS);
  if (/unknown authentication/i.test(message)) return noLogin('a login that was not offered to it');
  if (/authentication/i.test(message)) return loginWanted(sent);
  // Some close right behind it, before the library has read as much as it wants of it.
  if (version === VERSION && number !== undefined && number !== 0 && /rejected|closed/i.test(message))
    return new ConnectionError('PROXY_REFUSED', `the proxy did not connect: ${refusal(number)}`);
  if (/closed/i.test(message)) return new ConnectionError('PROXY_CLOSED', CLOSED);
  const what = /rejected/i.test(message) ? 'its reply has another version' : message;
  return new ConnectionError('PROXY_GARBAGE', `what came from the proxy is no SOCKS5: ${what}`);
}

function noLogin(wanted: string): ConnectionError {
  const cause = `the proxy wants ${wanted}: use another proxy`;
  return new ConnectionError('PROXY_AUTHENTICATION_REQUIRED', cause);
}

const METHODS = 'another login than a user and a password, the only one that tickhttp speaks';

function refusal(number: number): string {
  const meaning = REFUSALS[number] ?? 'a reason that RFC 1928 does not have';
  return `${meaning}, reply ${number} (0x${number.toString(16).padStart(2, '0')})`;
}

const VERSION = 5;

/** RFC 1928 section 6, by their numbers. */
const REFUSALS: Record<number, string> = {
  1: 'general failure',
  2: 'its rules do not allow the connection',
  3: 'the network is unreachable',
  4: 'the host is unreachable',
  5: 'the connection was refused',
  6: 'the TTL has expired',
  7: 'it does not support the command',
  8: 'it does not support the type of address',
};

const CLOSED = 'the proxy closed the connection without an answer (is it a SOCKS5 proxy?)';
