import type { Result } from './enums.ts';
import type { Failure, FailureCode } from './failure.ts';
import type { ForeignCode } from './kinds.ts';
import type {
  ClientSettings,
  Keeping,
  ProxyAddress,
  ProxyDefaults,
  ProxyEnvironment,
  RequestSettings,
  TLSSettings,
  WorkerTimeouts,
} from './settings.ts';
import type { ThreadStats } from './stats.ts';

/**
 * Everything that one thread says to the other in a message. What the worker has to tell is not here: it is in
 * the event log (layout.ts).
 *
 * Verbs whose answer is in the log are one-way messages on the client's own port, in order. comlink would answer
 * each of them, and a program that never turns its event loop would collect those answers for ever. Verbs that do
 * answer ({@link WorkerApi}) are comlink calls on the thread's control port.
 */

/** Node's and the browser's: both have it as a global. */
export type Port = InstanceType<typeof MessagePort>;

/** Opens the way for tickets to a worker thread; the only piscina task that it ever gets. */
export interface Door {
  readonly port: Port;
}

/** Brings a client to a worker thread. */
export interface AttachTicket {
  readonly kind: 'attach';
  readonly port: Port;
  readonly memory: SharedArrayBuffer;
  readonly settings: ClientSettings;
}

/** Opens the thread's control port: a comlink endpoint that exposes {@link WorkerApi}. */
export interface ControlTicket {
  readonly kind: 'control';
  readonly port: Port;
}

/** Brings all whole requests of a program to a worker thread. */
export interface RequestsTicket {
  readonly kind: 'requests';
  readonly port: Port;
  /** request-slots.ts */
  readonly slots: SharedArrayBuffer;
  readonly keeping: Keeping;
}

export type Ticket = AttachTicket | ControlTicket | RequestsTicket;

/** What a client says to its worker. */
export type ClientMessage =
  | ConnectMessage
  | AdoptMessage
  | GiveMessage
  | TimeoutsMessage
  | RequestMessage
  | BodyMessage
  | StreamMessage
  | WriteMessage
  | ShutdownMessage
  | CloseMessage
  | WakeMessage
  | EndMessage
  | StartMessage;

/** Ends the connection there is, and opens another. */
export interface ConnectMessage {
  readonly verb: 'connect';
  /** The worker's log speaks of this connection from here on. */
  readonly epoch: number;
  readonly host: string;
  readonly port: number;
  /** A unix socket or named pipe, in place of host and port. */
  readonly path: string | null;
  readonly tls: TLSSettings | null;
  readonly proxy: ProxyAddress | null;
  /** Decides about the proxy, where there is one. */
  readonly environment: ProxyEnvironment | null;
  /** Null where there is neither. */
  readonly proxyDefaults: ProxyDefaults | null;
}

/** Ends the connection there is, and goes on with a stream that is there already. */
export interface AdoptMessage {
  readonly verb: 'adopt';
  readonly epoch: number;
  /** The connection of another client of this thread, which gives it away; or a stream of the caller's. */
  readonly source: { readonly handover: number } | { readonly relay: Port };
}

/** Gives the connection to the client that adopts it under this number. */
export interface GiveMessage {
  readonly verb: 'give';
  readonly handover: number;
  /** What the caller has not taken, null if it has looked at nothing yet. */
  readonly unread: Unread | null;
  /** Bytes that it takes for unsent: there may be less by now. */
  readonly unsent: number;
}

/** Body bytes in the ring: `left` of them at `cursor`, then those of the records from `next` on. */
export interface Unread {
  readonly cursor: number;
  readonly left: number;
  readonly next: number;
}

/**
 * Between a stream of the caller's and its stand-in on the worker (`StreamPeer.fromDuplex`), either way:
 * bytes, how many of them the other side has passed on, and how the stream ended.
 */
export type RelayMessage =
  | { readonly bytes: Uint8Array }
  | { readonly passed: number }
  /** Nothing more comes. `halfOpen`: what goes the other way is still taken. */
  | { readonly end: true; readonly halfOpen: boolean }
  /** The caller's stream has passed on all that was sent to it, and the end behind that. */
  | { readonly finished: true }
  | { readonly error: string; readonly code: FailureCode | ForeignCode };

/** Bytes that may be on their way to the other side of a relay. */
export const RELAY_WINDOW = 2 ** 20;

/** What a piece of the caller's stream counts for: each is a message, which costs the worker as much as some KiB. */
export function relayWeight({ length }: Uint8Array): number {
  return Math.max(length, 4096);
}

/**
 * Validated by the caller's side; the worker adds the default fields and writes it. As a message only where the
 * outbox (layout.ts) is too small for it, or it has a body.
 */
export interface RequestMessage {
  readonly verb: 'request';
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly bodyLength: number;
  /** The body, or as much of it as there is now; the rest follows. */
  readonly body: Uint8Array | null;
  /** Added on the worker: what is sent as Accept-Encoding, behind the default fields. */
  readonly acceptEncoding?: string | undefined;
}

/** More of the body of the request before it. */
export interface BodyMessage {
  readonly verb: 'body';
  readonly bytes: Uint8Array;
}

/** The connection is a stream from here on: whatever comes is bytes. */
export interface StreamMessage {
  readonly verb: 'stream';
}

/** Other time limits, for the next connection and the next request. */
export interface TimeoutsMessage {
  readonly verb: 'timeouts';
  readonly timeouts: WorkerTimeouts;
}

/** Bytes for the stream. */
export interface WriteMessage {
  readonly verb: 'write';
  readonly bytes: Uint8Array;
}

/** Nothing more is written to the stream: FIN behind what there is. */
export interface ShutdownMessage {
  readonly verb: 'shutdown';
}

export interface CloseMessage {
  readonly verb: 'close';
}

/** The ring has room again, or there is a request in the outbox, and the worker had said that it waits for that. */
export interface WakeMessage {
  readonly verb: 'wake';
}

/**
 * The client is gone for good: its last message. The end of the port would say so too, but a port ends with a turn of
 * the event loop, and some programs never let theirs turn.
 */
export interface EndMessage {
  readonly verb: 'end';
  /** The port and the memory wait for another client. */
  readonly kept: boolean;
}

/** Another client, for the port and the memory of one that has said 'end': its first message. */
export interface StartMessage {
  readonly verb: 'start';
  readonly settings: ClientSettings;
}

/** What the caller's side says of whole requests. It is posted as an array (message-arrays.ts). */
export type WholeRequestMessage = OrderMessage | CancelMessage;

/** Makes a whole request: the exchange, from its connection to the last byte of the answer. Validated. */
export interface OrderMessage {
  readonly verb: 'order';
  /** Its slot, and a number that no other request of this port has. */
  readonly slot: number;
  readonly id: number;
  /** As URL writes it: http: or https:, without a user. */
  readonly url: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array | null;
  /** Milliseconds for everything; 0 for no limit. */
  readonly timeout: number;
  /** Bytes of body that are kept. */
  readonly bodySizeLimit: number;
  /** Negative: no limit. */
  readonly maxRedirects: number;
  /** Where the body goes; null: into the completion. */
  readonly file: FileOrder | null;
  /** Whether the server is asked for a packed body, and a packed one is unpacked. */
  readonly acceptGzip: boolean;
  /** Null: those of the order before. */
  readonly settings: RequestSettings | null;
}

/** Where the body of a whole request is to be stored. */
export interface FileOrder {
  /** Absolute: resolved at request(). */
  readonly path: string;
  /** Bytes that a write has at least, but for the last one. */
  readonly chunkSize: number;
  /** Whether `<path>.part` stays when the request fails or is cancelled. */
  readonly keepPartial: boolean;
  /** Whether what there is of it is gone on with. */
  readonly append: boolean;
}

/** What an order asks for. */
export type OrderText = Omit<OrderMessage, 'verb' | 'slot' | 'id' | 'settings'>;

/** Nobody wants the answer any more. */
export interface CancelMessage {
  readonly verb: 'cancel';
  readonly id: number;
}

/**
 * What has become of a whole request. Several are posted in one message, as arrays. Nothing more comes of a request,
 * but for the end of one that holds its file: the same number again, with `holdsFile: false`.
 */
export interface Completion {
  readonly id: number;
  readonly result: Result;
  /** 0 without an answer. */
  readonly responseCode: number;
  /** `Name: value\n` lines. */
  readonly fields: string;
  /** Transferred. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** After redirects. */
  readonly url: string;
  readonly failure: Failure | null;
  /** All of the body is in the file. */
  readonly stored: boolean;
  /** The disk takes long to close the file: another request for it has to go to the same thread. */
  readonly holdsFile: boolean;
}

/** A worker thread's verbs that answer, through comlink. */
export interface WorkerApi {
  stats(): ThreadStats;
  /** Closes every connection; their clients see CONNECTION_ERROR. */
  shutdown(): Promise<void>;
}
