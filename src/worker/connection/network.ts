import type { FailureCode, FailurePhase } from '../../shared/failure.ts';
import type { ForeignCode } from '../../shared/kinds.ts';
import type { ConnectMessage, Port } from '../../shared/messages.ts';
import type { ClientSettings, ProxyCredentials } from '../../shared/settings.ts';
import type { Transport, TransportReader } from './transport.ts';

/** The server that the requests of a connection are for. */
export interface Authority {
  /** Empty if it is not known. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** The proxy that reads the requests and forwards them. Null if there is none, or if it made a tunnel. */
  readonly forwarding: { readonly credentials: ProxyCredentials | null } | null;
}

/** The other end of a connection. */
export interface Endpoint {
  readonly authority: Authority;
  /** The other end for messages. */
  readonly where: string;
  /**
   * To be called if the connection is lost: DNS is asked again, and the TLS session is not used again. `idle`: no
   * request was under way. If the connection had brought bytes before that, its TLS session is known to work, and
   * stays.
   */
  readonly forget: (idle: boolean) => void;
}

/** An open transport, and where it leads. */
export interface Line {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
}

/** What is needed besides a target to dial it. */
export interface DialOptions {
  readonly settings: ClientSettings;
  /** Reads the transport from the beginning. Its `buffer()` may be called before the transport is open. */
  readonly reader: TransportReader;
  /** Gives up: the promise rejects with the signal's reason, and no socket stays open. */
  readonly signal: AbortSignal;
  /** Called when each step begins. `where` is the peer that the step is about. */
  readonly enter: (phase: DialPhase, where: string) => void;
}

export type DialPhase = Extract<FailurePhase, 'resolve' | 'connect' | 'proxy' | 'tls'>;

/** What a platform can do for the connections of a thread. */
export interface Network {
  /**
   * Opens a transport to the target, through a proxy if there is one. The reader may hear from the transport before the
   * promise resolves. After that, the caller of `dial` has to destroy the transport.
   */
  dial(target: ConnectMessage, options: DialOptions): Promise<Line>;
  /** A transport over a stream of the caller's, which lives on its thread, at the other end of `port`. */
  relay(port: Port, reader: TransportReader): Line;
  /** Explains an error of this platform: its code, and its meaning for people. */
  explain(error: unknown, phase: FailurePhase): Explanation;
}

export interface Explanation {
  readonly code: FailureCode | ForeignCode;
  readonly cause: string;
}
