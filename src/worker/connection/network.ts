import type { FailureCode, FailurePhase } from '../../shared/failure.ts';
import type { ForeignCode } from '../../shared/kinds.ts';
import type { ConnectMessage, Port } from '../../shared/messages.ts';
import type { ClientSettings, ProxyCredentials } from '../../shared/settings.ts';
import type { Transport, TransportReader } from './transport.ts';

/** Whom the requests of a connection are for. */
export interface Authority {
  /** Empty where it is not known. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** The proxy that reads them and sends them on. */
  readonly forwarding: { readonly credentials: ProxyCredentials | null } | null;
}

/** The other end of a connection. */
export interface Endpoint {
  readonly authority: Authority;
  /** The same for people. */
  readonly where: string;
  /**
   * To be called if the connection is lost: what DNS had said is asked for anew, and TLS begins afresh. `idle`: no
   * request was under way. A connection that has brought something before that has proven its session, which stays.
   */
  readonly forget: (idle: boolean) => void;
}

/** A transport that is up, and where it leads. */
export interface Line {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
}

/** What comes with a target to be dialled. */
export interface DialOptions {
  readonly settings: ClientSettings;
  /** Reads the transport from the beginning: its `buffer()` may be asked for before there is one. */
  readonly reader: TransportReader;
  /** Gives up: the promise rejects with its reason, and no socket stays. */
  readonly signal: AbortSignal;
  /** Called as each step begins. `where` is whom it is about. */
  readonly enter: (phase: DialPhase, where: string) => void;
}

export type DialPhase = Extract<FailurePhase, 'resolve' | 'connect' | 'proxy' | 'tls'>;

/** What a platform can do for the connections of a thread. */
export interface Network {
  /**
   * Opens a transport to where the caller wants it, through the proxy that there may be. The reader may hear of it
   * before the promise resolves; from then on the transport is the caller's to destroy.
   */
  dial(target: ConnectMessage, options: DialOptions): Promise<Line>;
  /** A transport over a stream of the caller's, which lives on its thread, at the other end of `port`. */
  relay(port: Port, reader: TransportReader): Line;
  /** An error of this platform: its code, and what it means, for people. */
  explain(error: unknown, phase: FailurePhase): Explanation;
}

export interface Explanation {
  readonly code: FailureCode | ForeignCode;
  readonly cause: string;
}
