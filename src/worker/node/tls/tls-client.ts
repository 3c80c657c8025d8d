import { type IpcNetConnectOpts, isIP, type OnReadOpts, Socket, type TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import { codeOf } from '../../../shared/kinds.ts';
import type { TLSSettings } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { CloseNotify } from './close-notify.ts';
import { contextOf, keyOf } from './context.ts';
import { checkName } from './identity.ts';
import { nodeTLS } from './node.ts';
import { checkPins, pinsOf } from './pins.ts';
import { type Session, Sessions } from './sessions.ts';
import { weakness } from './weakness.ts';

/** A connection that has passed every check. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly closeNotify: CloseNotify;
}

export interface Handshake {
  /** Emits `connect` when TCP is up. To give the handshake up, destroy it: with an error, that is the reason. */
  readonly socket: TLSSocket;
  /**
   * Rejects with what the socket's `error` event has, or CONNECTION_CLOSED; at the latest when the socket is closed.
   */
  readonly secured: Promise<Secured>;
  /** The handshake or its connection has failed: no session that it has used or received is offered again. */
  readonly forget: () => void;
}

const sessions = new Sessions();

/**
 * TLS with one server, and what the rest of the worker uses of this folder. It is made once for a connection, before it
 * is known at which of its addresses the server will answer.
 */
export class TLSClient {
  readonly #settings: TLSSettings;
  readonly #options: ConnectionOptions;
  readonly #key: string;

  /**
   * Throws what is wrong with the settings: invalid certificates, for example.
   *
   * @param host The name or address that the certificate must be for, in the form of DNS.
   * @param port With `host` and `way` it says whose sessions are resumed.
   * @param way What else decides where the connection leads: another way may end at another server of that name.
   */
  constructor(host: string, port: number, settings: TLSSettings, way: readonly unknown[] = []) {
    const key = keyOf(settings);
    this.#settings = settings;
    this.#options = { ...identity(host, settings), secureContext: contextOf(key, settings) };
    this.#key = JSON.stringify([host, port, way, key]);
  }

  /**
   * Starts a handshake. Over a connection of its own, decrypted bytes go where `onread` says; over another's (a tunnel:
   * bytes that were `unshift`ed belong to it) Node has no `onread`, and they come as `data`.
   */
  start(via: Socket | TcpNetConnectOpts | IpcNetConnectOpts, onread: OnReadOpts | null): Handshake {
    const over = via instanceof Socket;
    // Node would wait for a socket that never comes.
    if (over && via.destroyed) throw new ConnectionError('CONNECTION_CLOSED', 'the connection was closed');
    const session = sessions.take(this.#key);
    const socket = nodeTLS().connect({
      ...this.#options,
      ...(session ? { session: session.ticket } : {}),
      ...(over ? { socket: via } : via),
      ...(onread ? { onread } : {}),
    });
    const closeNotify = new CloseNotify(socket);
    let connected = over;
    let admitted: Omit<Session, 'ticket'> | null = null;
    socket.once('connect', () => {
      connected = true;
    });
    // Listens from the beginning, or Node would drop the sessions of TLS 1.2. Node emits none before the socket is
    // secure.
    socket.on('session', (ticket) => {
      if (admitted) sessions.put(this.#key, { ticket, ...admitted });
    });
    const forget = (): void => {
      // Sessions that this connection still brings are not kept either.
      admitted = null;
      sessions.forget(this.#key);
    };
    const secured = new Promise<Secured>((resolve, reject) => {
      socket.once('secureConnect', () => {
        try {
          admitted = this.#admit(socket, session);
          resolve({ socket, closeNotify });
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error(String(error)));
        }
      });
      // Stays: an error after the handshake must not end the thread if nobody else listens yet.
      socket.on('error', (error) => {
        if (connected && !admitted) sessions.forget(this.#key);
        reject(named(error));
      });
      socket.once('close', () => {
        reject(new ConnectionError('CONNECTION_CLOSED', 'the connection was closed'));
        // If there are several attempts, all but one end before they have shown the ticket to anybody.
        if (session && !connected) sessions.put(this.#key, session);
      });
    });
    // A caller that only listens to the socket hears of the failure there.
    secured.catch(() => {});
    return { socket, secured, forget };
  }

  /**
   * OpenSSL and Node have checked chain and name, as far as they are to be; here the rest. Returns what its
   * sessions stand for.
   */
  #admit(socket: TLSSocket, offered: Session | null): Omit<Session, 'ticket'> {
    const { pins: wanted, verify, trustedChain } = this.#settings;
    const origin = socket.isSessionReused() ? offered : null;
    const pins = origin?.pins ?? (wanted.length > 0 ? pinsOf(socket, verify || trustedChain !== null) : []);
    checkPins(wanted, pins);
    checkProtocol(socket.alpnProtocol);
    const once = socket.getProtocol() === 'TLSv1.3';
    return { once, pins, since: origin?.since ?? performance.now() };
  }
}

/** Errors without a code of Node's are UNSPECIFIED, and have OpenSSL's words in the message. */
function named(error: Error): Error {
  return codeOf(error) === 'UNSPECIFIED' ? (weakness(error.message, 'theirs') ?? error) : error;
}

function identity(host: string, settings: TLSSettings): ConnectionOptions {
  const { verify, trustedChain, commonNameOverride, serverName, alpnProtocols } = settings;
  const name = inDNS(commonNameOverride) || host;
  const shown = inDNS(serverName) || name;
  return {
    rejectUnauthorized: verify || trustedChain !== null,
    checkServerIdentity: verify ? checkName(name) : () => undefined,
    // A name in SNI can't be an address, and has no dot at its end (RFC 6066 section 3).
    ...(isIP(shown) ? {} : { servername: shown.replace(/\.$/, '') }),
    ...(alpnProtocols.length > 0 ? { ALPNProtocols: [...alpnProtocols] } : {}),
  };
}

/** A name in the form of DNS. A text that is not a name stays as it is, and matches nothing. */
function inDNS(name: string): string {
  return isIP(name) ? name : domainToASCII(name) || name;
}

/** The application protocol must be one we speak (RFC 7301). Names that we don't know the caller has asked for. */
function checkProtocol(chosen: string | false | null): void {
  if (chosen !== 'h2' && chosen !== 'h3') return;
  const advice = "leave it out of TLSOptions' alpnProtocols";
  throw new ConnectionError(
    'UNSUPPORTED_PROTOCOL',
    `the server chose ${chosen}, which tickhttp does not speak; ${advice}`,
  );
}
