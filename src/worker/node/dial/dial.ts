import {
  connect,
  type IpcNetConnectOpts,
  isIP,
  type OnReadOpts,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { hostAndPort } from '../../../shared/address.ts';
import type { FailureCode } from '../../../shared/failure.ts';
import type { ConnectMessage } from '../../../shared/messages.ts';
import type { ProxySettings, TLSSettings } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import type { DialOptions, Endpoint } from '../../connection/network.ts';
import { LARGE_HELLO } from '../tls/meaning.ts';
import { type Handshake, type Secured, TLSClient } from '../tls/tls-client.ts';
import { type HostAndPort, whereIs, whereIsProxy } from './authority.ts';
import { type Step, within } from './deadline.ts';
import { openHttpTunnel } from './http-tunnel.ts';
import { race } from './race.ts';
import type { Resolver } from './resolver.ts';
import { openSocksTunnel } from './socks-tunnel.ts';

/** What is needed to make a connection, besides its target. */
export interface DialTools extends Omit<DialOptions, 'reader'> {
  readonly resolver: Resolver;
  /** For the socket that the connection will read from. */
  readonly onread: OnReadOpts;
}

export interface Dialled extends Pick<Endpoint, 'forget'> {
  readonly socket: Socket;
  /** It was opened with `onread`. */
  readonly direct: boolean;
  /** To be asked when the stream has ended: whether it was cut off. */
  readonly cut: () => boolean;
}

/** Whether the proxy reads the requests and forwards them, so that no tunnel is needed. */
export function forwards(proxy: ProxySettings, target: ConnectMessage): boolean {
  return target.tls === null && proxy.protocol !== 'socks5';
}

/**
 * Opens the byte stream of a connection:
 *
 *     resolve -> connect -> [TLS to the proxy] -> [the proxy's consent] -> [TLS to the target]
 *
 * The first two are about the proxy where there is one; the target's name is then the proxy's to resolve. Each layer is
 * a socket over the one before, and the outermost is what the connection reads: straight into its memory, unless it is
 * a tunnel, for which Node has no `onread`.
 */
export async function dial(
  target: ConnectMessage,
  proxy: ProxySettings | null,
  tools: DialTools,
): Promise<Dialled> {
  const direct = proxy === null || forwards(proxy, target);
  const first = await open(target, proxy, tools, direct ? tools.onread : null);
  let { socket, handshake } = first;
  const forget = (idle: boolean): void => {
    first.forget();
    if (!(idle && hasAnswered(handshake))) handshake?.forget();
    // If the proxy has answered, its TLS session works: the failure was behind the proxy.
    if (!hasAnswered(first.handshake)) first.handshake?.forget();
  };
  const forgetAtOnce = (): void => forget(true);
  tools.signal.addEventListener('abort', forgetAtOnce, { once: true });
  try {
    let layer = handshake && (await secure(handshake, whereFirst(target, proxy), tools));
    if (proxy && !direct) {
      await passThrough(socket, target, proxy, tools);
      if (target.tls) {
        const client = startTLS(target, target.tls, whereIs(target), wayTo(proxy, tools), tools);
        handshake = client.start(socket, null);
        socket = handshake.socket;
        layer = await secure(handshake, whereIs(target), tools);
      }
    }
    return { socket, direct, cut: () => layer?.closeNotify.cut ?? false, forget };
  } catch (error) {
    socket.destroy();
    // Another server may answer at that address by now.
    forgetAtOnce();
    throw error;
  } finally {
    tools.signal.removeEventListener('abort', forgetAtOnce);
  }
}

/** A connected socket. If it speaks TLS, its handshake has begun. */
interface Opened {
  readonly socket: Socket;
  readonly handshake: Handshake | null;
}

/** Whether the TLS connection has brought at least one decrypted byte. */
function hasAnswered(handshake: Handshake | null): boolean {
  return handshake !== null && handshake.socket.bytesRead > 0;
}

/** Opens the connection to the first host on the way: over TCP, or to a socket of this machine. */
async function open(
  target: ConnectMessage,
  proxy: ProxySettings | null,
  tools: DialTools,
  onread: OnReadOpts | null,
): Promise<Opened & { readonly forget: () => void }> {
  const { timeouts, localAddress, family, dnsLifetime, tcpKeepAlive } = tools.settings;
  const { signal, enter } = tools;
  const { path } = target;
  const { host, port, tls } = proxy ?? target;
  const where = whereFirst(target, proxy);
  const client = tls && startTLS({ host, port }, tls, where, wayTo(path, tools), tools);
  const start = (place: Place): Opened => {
    const handshake = client?.start(place, onread) ?? null;
    const socket = handshake?.socket ?? connect({ ...place, ...(onread ? { onread } : {}) });
    return { socket, handshake };
  };

  const late = lateFor('CONNECT_TIMEOUT', 'there was no connection', timeouts.connect);
  if (path !== null) {
    enter('connect', where);
    const step: Step<Opened> = (given) => race([path], () => start({ path }), given);
    return { ...(await within(timeouts.connect, late, signal, step)), forget: () => {} };
  }
  enter(isIP(host) ? 'connect' : 'resolve', where);
  const noName = lateFor('RESOLVE_TIMEOUT', 'there was no answer from DNS', timeouts.resolve);
  const addresses = await within(timeouts.resolve, noName, signal, () =>
    tools.resolver.resolve(host, family, dnsLifetime),
  );
  if (!isIP(host)) enter('connect', where);
  const local = localAddress === null ? {} : { localAddress };
  const forget = (): void => tools.resolver.forget(addresses);
  // The caller has given up, perhaps because nobody answers. Forgotten at once, since it may connect again.
  signal.addEventListener('abort', forget, { once: true });
  try {
    const opened = await within(timeouts.connect, late, signal, (given) =>
      race(addresses, ({ address }) => start({ host: address, port, noDelay: true, ...local }), given),
    );
    // Not earlier: a socket that is not connected yet ignores the delay. A TLS socket passes it on to its TCP socket.
    if (tcpKeepAlive > 0) opened.socket.setKeepAlive(true, Math.min(tcpKeepAlive, LONGEST_IDLENESS));
    return { ...opened, forget };
  } catch (error) {
    forget();
    throw error;
  }
}

type Place = TcpNetConnectOpts | IpcNetConnectOpts;

/**
 * Throws for invalid certificates and lists of ciphers. The phase of such a failure is `tls`, whatever step it stops.
 */
function startTLS(
  { host, port }: HostAndPort,
  settings: TLSSettings,
  where: string,
  way: readonly unknown[],
  { enter }: DialTools,
): TLSClient {
  try {
    return new TLSClient(host, port, settings, way);
  } catch (error) {
    enter('tls', where);
    throw error;
  }
}

/** What decides where a name leads, besides the name: the proxy or path, the local address, the family of addresses. */
function wayTo(through: ProxySettings | string | null, { settings }: DialTools): unknown[] {
  const { localAddress, family } = settings;
  const proxy = through && typeof through === 'object' ? { ...through, tls: null } : through;
  return [proxy, localAddress, family];
}

/** Asks the proxy for a tunnel. The time limit is that of a connection. */
async function passThrough(
  socket: Socket,
  { host, port }: ConnectMessage,
  proxy: ProxySettings,
  { settings, signal, enter }: DialTools,
): Promise<void> {
  const { timeouts, limits } = settings;
  enter('proxy', whereIsProxy(proxy));
  await within(
    timeouts.connect,
    lateFor('CONNECT_TIMEOUT', 'there was no answer from the proxy', timeouts.connect),
    signal,
    () =>
      proxy.protocol === 'socks5'
        ? openSocksTunnel(socket, { host, port }, proxy.credentials, patience(timeouts.connect))
        : openHttpTunnel(socket, hostAndPort(host, port), proxy.credentials, limits),
  );
}

function secure(
  { secured }: Handshake,
  where: string,
  { settings, signal, enter }: DialTools,
): Promise<Secured> {
  const { tls } = settings.timeouts;
  enter('tls', where);
  const late = (): ConnectionError =>
    new ConnectionError('TLS_TIMEOUT', `the handshake was not complete after ${tls} ms; ${LARGE_HELLO}`);
  return within(tls, late, signal, () => secured);
}

/** The peer of the first connection, for messages. */
function whereFirst(target: ConnectMessage, proxy: ProxySettings | null): string {
  return proxy ? whereIsProxy(proxy) : whereIs(target);
}

function lateFor(code: FailureCode, what: string, milliseconds: number): () => ConnectionError {
  return () => new ConnectionError(code, `${what} after ${milliseconds} ms`);
}

/** A time limit for a library that needs one of its own, in milliseconds. It must not be over before ours. */
function patience(milliseconds: number): number {
  return milliseconds === 0 ? HOUR : Math.min(2 * milliseconds, LONGEST_TIMER);
}

const HOUR = 3_600_000;
const LONGEST_TIMER = 2 ** 31 - 1;

/** Milliseconds. Linux refuses a larger TCP_KEEPIDLE, and would then use two hours. */
const LONGEST_IDLENESS = 32_767_000;
