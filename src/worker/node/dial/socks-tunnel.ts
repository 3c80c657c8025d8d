import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../../shared/kinds.ts';
import type { ProxyCredentials } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { loginWanted } from './login.ts';

/** Where a tunnel leads. The name goes to the proxy as it is: the proxy resolves it. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

const require = createRequire(import.meta.url);

/**
 * Asks a SOCKS5 proxy (RFC 1928, RFC 1929) to join `socket` to `destination`. Afterwards the socket is the tunnel:
 * paused, and with whatever came behind the proxy's answer as its next bytes.
 *
 * `milliseconds` is the library's own time limit: it keeps its client in memory until that is over.
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
    const tunnel = SocksClient.createConnection({
      proxy: { host, port, type: 5, ...login },
      command: 'connect',
      destination,
      existing_socket: socket,
      timeout: milliseconds,
    });
    await Promise.race([tunnel, heard.refused]);
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    throw socket.errored ?? translate(error, credentials);
  } finally {
    heard.stop();
  }
  await rewind(socket);
}

/** The protocol has one byte for each length. For a longer text the library would throw where nobody can catch it. */
function checkLengths(host: string, credentials: ProxyCredentials | null): void {
  const { username, password } = credentials ?? { username: '', password: '' };
  for (const [what, text] of Object.entries({ host, user: username, password })) {
    const { length } = Buffer.from(text);
    if (length <= 255) continue;
    throw new ConnectionError(
      'INVALID_PROXY',
      `SOCKS5 allows a ${what} of at most 255 bytes, and this one has ${length}`,
    );
  }
}

/** Records the first bytes that a proxy sends: the library's errors do not contain the numbers in them. */
class Heard {
  /**
   * Rejects at a refusal. Its number is enough: some proxies send no more of the reply and keep the connection open,
   * and the library would wait for the rest.
   */
  readonly refused: Promise<never>;
  #refuse: (error: ConnectionError) => void = () => {};
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    this.refused = new Promise((_, reject) => {
      this.#refuse = reject;
    });
    socket.prependListener('data', this.#take);
  }

  readonly #take = (bytes: Buffer): void => {
    if (this.#bytes.length < LONGEST_BEGINNING)
      this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(0, LONGEST_BEGINNING)]);
    const [version, method, , login] = this.#bytes;
    if (version !== VERSION || (method !== NO_LOGIN && (method !== USER_AND_PASSWORD || login !== 0))) return;
    // The answer to user and password comes before the reply (RFC 1929 section 2, RFC 1928 section 6).
    const reply = this.#bytes.subarray(method === USER_AND_PASSWORD ? 4 : 2);
    const [replyVersion, number] = reply;
    if (replyVersion === VERSION && number) this.#refuse(refusedWith(number));
  };

  stop(): void {
    this.#socket.off('data', this.#take);
  }
}

const NO_LOGIN = 0;
const USER_AND_PASSWORD = 2;

/** Bytes: the chosen method, the answer to the login, and the first two of the reply. */
const LONGEST_BEGINNING = 6;

/**
 * Puts what followed the proxy's answer back into the socket. The library emits it in the next turn of the event loop,
 * and leaves the socket flowing.
 */
async function rewind(socket: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (bytes: Buffer): void => void early.push(bytes);
  socket.on('data', keep);
  await nextTurn();
  socket.off('data', keep);
  socket.pause();
  for (const bytes of early.reverse()) socket.unshift(bytes);
}

/** The library's errors have no codes, only messages. */
function translate(error: unknown, sent: ProxyCredentials | null): ConnectionError {
  const message = messageOf(error);
  if (/no accepted authentication/i.test(message) && sent) return noLogin(METHODS);
  if (/unknown authentication/i.test(message)) return noLogin('a kind of login that was not offered to it');
  if (/authentication/i.test(message)) return loginWanted(sent);
  if (/closed/i.test(message)) return new ConnectionError('PROXY_CLOSED', CLOSED);
  const what = /rejected/i.test(message) ? 'its reply has another version' : message;
  return new ConnectionError('PROXY_GARBAGE', `the proxy does not speak SOCKS5: ${what}`);
}

function noLogin(wanted: string): ConnectionError {
  const cause = `the proxy wants ${wanted}: use another proxy`;
  return new ConnectionError('PROXY_AUTHENTICATION_REQUIRED', cause);
}

const METHODS = 'a login other than user and password, the only one that tickhttp supports';

function refusedWith(number: number): ConnectionError {
  const meaning = REFUSALS[number] ?? 'a reason that RFC 1928 does not list';
  const reply = `reply ${number} (0x${number.toString(16).padStart(2, '0')})`;
  return new ConnectionError('PROXY_REFUSED', `the proxy did not connect: ${meaning}, ${reply}`);
}

const VERSION = 5;

/** What the numbers of a reply mean (RFC 1928 section 6). */
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
