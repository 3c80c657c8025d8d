/** What the test's thread and the servers' thread say to each other. Types only: the thread is plain JavaScript. */
import type { SecureVersion } from 'node:tls';

/** One thing a scripted server does. Strings go out as UTF-8. */
export type Step =
  /** Reads up to and including a blank line; what came with it is kept for the next step. */
  | { expectHead: true }
  | { expectBytes: number }
  | { send: string | Uint8Array }
  /** `size` bytes (1) a write, each after the callback of the one before and a turn of the loop. */
  | { sendEach: string | Uint8Array; size?: number }
  /** Sends it again and again, as fast as the peer reads, until the connection closes. */
  | { sendForever: string | Uint8Array }
  /** On one connection the n-th wait for a name ends with the n-th `release(name)`. */
  | { waitFor: string }
  | { pauseReading: true }
  | { resumeReading: true }
  /** Joins the peer to another server, both ways, as a proxy does after CONNECT. */
  | { tunnelTo: { host: string; port: number } }
  /** FIN (after close_notify under TLS). The peer may still send. */
  | { end: true }
  /** Closes without a word: a bare FIN, also under TLS, where that is a truncation. */
  | { destroy: true }
  /** RST. It can overtake what was sent, even the handshake: to be sure, `waitFor` the test to have seen that. */
  | { reset: true }
  /** Stays open, even when the peer has ended. Without it a script that is over ends when its peer does. */
  | { hold: true };

export type Script = readonly Step[];

export interface ServerTLS {
  key: string;
  cert: string;
  minVersion?: SecureVersion;
  maxVersion?: SecureVersion;
  ciphers?: string;
  ecdhCurve?: string;
  ALPNProtocols?: string[];
  /** Asks for a client certificate, of one of `ca`; without `rejectUnauthorized: false` it insists. */
  requestCert?: boolean;
  ca?: string;
  rejectUnauthorized?: boolean;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Names that only a proxy knows, and their addresses. */
export type Hosts = Readonly<Record<string, string>>;

/** What a SOCKS server answers instead of connecting (RFC 1928 section 6). */
export type SocksRefusal =
  | 'GENERAL_FAILURE'
  | 'CONNECTION_NOT_ALLOWED'
  | 'NETWORK_UNREACHABLE'
  | 'HOST_UNREACHABLE'
  | 'CONNECTION_REFUSED'
  | 'TTL_EXPIRED'
  | 'COMMAND_NOT_SUPPORTED'
  | 'ADDRESS_TYPE_NOT_SUPPORTED';

export interface ProxyService {
  kind: 'proxy';
  credentials: Credentials | null;
  hosts: Hosts;
  /** Ports that it does not connect to. */
  forbiddenPorts: readonly number[];
}

export interface SocksService {
  kind: 'socks';
  credentials: Credentials | null;
  hosts: Hosts;
  refusal: SocksRefusal | null;
}

/** What a server does with its connections; of several scripts one for each, the last one for all that follow. */
export type Service =
  | { kind: 'routes' }
  | { kind: 'scripts'; scripts: readonly Script[] }
  | ProxyService
  | SocksService;

export interface ServerSpec {
  /** An address, and a port, 0 for any that is free; or the path of a unix socket. */
  listen: { host: string; port: number } | { path: string };
  tls: ServerTLS | null;
  /** The names that can be released; a name's place is its flag's place in shared memory. */
  flags: readonly string[];
  service: Service;
}

export type ConnectionEvent =
  | 'connected'
  /** The TLS handshake is over. */
  | 'secured'
  /** The peer sent FIN. */
  | 'ended'
  /** The peer sent RST. */
  | 'reset'
  /** Every step of the script is done. */
  | 'finished'
  | 'closed';

export interface ConnectionRecord {
  index: number;
  /** The address that it came from; empty on a unix socket. */
  from: string;
  events: ConnectionEvent[];
  /**
   * What a proxy was asked: of HTTP the lines of each head, of SOCKS the type of the address (`name`, `IPv4`, `IPv6`),
   * the host and the port.
   */
  asked: string[][];
  /** The first MiB of what came in, decrypted; empty for a server with routes, whose parser takes the bytes. */
  received: Uint8Array;
  bytesReceived: number;
  /** Bytes that the kernel has taken. */
  bytesSent: number;
  /** The step the script is at. */
  step: number;
  /** Why the script, the handshake or the socket failed, if it did. */
  error: string | null;
  /** What the handshake came to, where there was one. */
  tls: SecuredRecord | null;
}

export interface SecuredRecord {
  /** From SNI. */
  serverName: string | false;
  protocol: string | null;
  alpnProtocol: string | false | null;
  resumed: boolean;
  /** The subject of the client's certificate. */
  client: string | null;
}

export type Call =
  | { do: 'listen'; spec: ServerSpec; memory: SharedArrayBuffer }
  | { do: 'connections'; server: number }
  /** Its port stays refused until the thread ends. */
  | { do: 'close'; server: number }
  | { do: 'refuse'; host: string }
  | { do: 'fill'; host: string; port: number; connections: number };

export interface Answers {
  listen: { server: number; port: number | null };
  connections: ConnectionRecord[];
  close: null;
  refuse: number;
  fill: null;
}

export type Answer = Answers[keyof Answers];

export interface CallMessage {
  id: number;
  call: Call;
}

export type AnswerMessage = { id: number; answer: Answer } | { id: number; error: string };
