import type { Result } from './enums.ts';
import type { Failure, FailureCode } from './failure.ts';
import type { ForeignCode } from './kinds.ts';
import type { PiecesTicket } from './pieces.ts';
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
 * Everything that one thread says to the other in a message. What the worker reports about connections is not here:
 * that goes through the event log (layout.ts).
 *
 * Verbs whose answer is in the log are one-way messages on the client's own port, in order. comlink would answer each
 * of them, and in a program that never turns its event loop those answers would pile up for ever. Verbs that have an
 * answer ({@link WorkerApi}) are comlink calls on the thread's control port.
 */

/** A MessagePort of Node or of a browser: both have the class as a global. */
export type Port = InstanceType<typeof MessagePort>;

/** Opens the way for tickets to a worker thread. It is the only piscina task that the thread ever gets. */
export interface Door {
  readonly port: Port;
}

/** Brings a client to a worker thread. */
export interface AttachTicket {
  readonly kind: 'attach';
  readonly port: Port;
  /** The client's memory; or the bytes of its ring, if nothing is shared (posted-memory.ts). */
  readonly memory: SharedArrayBuffer | number;
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
  /** request-slots.ts. Null if nothing is shared: what changes there is posted. */
  readonly slots: SharedArrayBuffer | null;
  readonly keeping: Keeping;
}

export type Ticket = AttachTicket | ControlTicket | RequestsTicket | PiecesTicket;

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
  | ReleasedMessage
  | EndMessage
  | StartMessage;

/** Ends the client's connection, if it has one, and opens another. */
export interface ConnectMessage {
  readonly verb: 'connect';
  /** The number of the new connection. The worker's log is about this one from now on. */
  readonly epoch: number;
  readonly host: string;
  readonly port: number;
  /** The path of a unix socket or named pipe. It replaces host and port. */
  readonly path: string | null;
  readonly tls: TLSSettings | null;
  readonly proxy: ProxyAddress | null;
  /** If not null, this decides about the proxy, and `proxy` is null. */
  readonly environment: ProxyEnvironment | null;
  /** Null if both `proxy` and `environment` are null. */
  readonly proxyDefaults: ProxyDefaults | null;
}

/** Ends the client's connection, if it has one, and goes on with an existing stream. */
export interface AdoptMessage {
  readonly verb: 'adopt';
  readonly epoch: number;
  /** The connection of another client of this thread, which gives it away; or a stream that the caller has made. */
  readonly source: { readonly handover: number } | { readonly relay: Port };
}

/** Gives the connection to the client that adopts it under this number. */
export interface GiveMessage {
  readonly verb: 'give';
  readonly handover: number;
  /** The bytes in the log that the caller has not taken. Null if it has looked at nothing yet. */
  readonly unread: Unread | null;
  /** Bytes that are unsent as far as the caller knows. There may be fewer by now. */
  readonly unsent: number;
}

/**
 * Body bytes in the ring: `left` bytes at `cursor`, then those of the record at `next` and of all records behind it.
 */
export interface Unread {
  readonly cursor: number;
  readonly left: number;
  readonly next: number;
}

/**
 * What a stream of the caller's and its stand-in on the worker (`StreamPeer.fromDuplex`) tell each other: bytes, how
 * many bytes were passed on, and how the stream ended.
 */
export type RelayMessage =
  | { readonly bytes: Uint8Array }
  | { readonly passed: number }
  /** Nothing more comes. `halfOpen`: bytes in the other direction are still accepted. */
  | { readonly end: true; readonly halfOpen: boolean }
  /** The caller's stream has passed on all that was sent to it, and the end behind that. */
  | { readonly finished: true }
  | { readonly error: string; readonly code: FailureCode | ForeignCode };

/** The most bytes that may be on their way to the other side of a relay. */
export const RELAY_WINDOW = 2 ** 20;

/** The bytes that a piece counts as. Each piece is a message, which costs the worker as much as some KiB. */
export function relayWeight({ length }: Uint8Array): number {
  return Math.max(length, 4096);
}

/**
 * A request. The caller's side has validated it; the worker adds the default fields and writes it. It travels as a
 * message only if it is too long for the outbox (layout.ts), or has a body.
 */
export interface RequestMessage {
  readonly verb: 'request';
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly bodyLength: number;
  /** The body, or its beginning: the rest follows in further messages. Empty if there is none. */
  readonly body: readonly Uint8Array[];
  /** The Accept-Encoding that is sent behind the default fields. Added on the worker. */
  readonly acceptEncoding?: string | undefined;
}

/** More of the body of the last request. */
export interface BodyMessage {
  readonly verb: 'body';
  readonly bytes: Uint8Array;
}

/** The connection is a stream from now on: its bytes are passed on as they are. */
export interface StreamMessage {
  readonly verb: 'stream';
}

/** New time limits. They take effect at the next connection and the next request. */
export interface TimeoutsMessage {
  readonly verb: 'timeouts';
  readonly timeouts: WorkerTimeouts;
}

/** Bytes for the stream. */
export interface WriteMessage {
  readonly verb: 'write';
  readonly bytes: Uint8Array;
}

/** Nothing more is written to the stream: a FIN follows what was written. */
export interface ShutdownMessage {
  readonly verb: 'shutdown';
}

export interface CloseMessage {
  readonly verb: 'close';
}

/**
 * The ring has room again, or there is a request in the outbox, and the worker had announced that it waits for this.
 */
export interface WakeMessage {
  readonly verb: 'wake';
}

/** Where nothing is shared: the caller has read so far. */
export interface ReleasedMessage {
  readonly verb: 'released';
  readonly cursor: number;
  /** Memory in which bytes have come, to be used again. Transferred. */
  readonly emptied: readonly ArrayBuffer[];
}

/**
 * The last message of a client: the client is gone for good. The end of its port would say so too, but a port only ends
 * in a turn of the event loop, and some programs never let theirs turn.
 */
export interface EndMessage {
  readonly verb: 'end';
  /** The port and the memory are kept for another client. */
  readonly kept: boolean;
}

/** The first message of a client that takes over the port and the memory of one that has said 'end'. */
export interface StartMessage {
  readonly verb: 'start';
  readonly settings: ClientSettings;
}

/** What the caller's side says about whole requests. It is posted as an array (message-arrays.ts). */
export type WholeRequestMessage = OrderMessage | CancelMessage;

/** Orders a whole request: everything from its connection to the last byte of the answer. It is validated. */
export interface OrderMessage {
  readonly verb: 'order';
  /** The request's slot, and a number that no other request of this port has. */
  readonly slot: number;
  readonly id: number;
  /** Normalised by URL: http: or https:, without a user. */
  readonly url: string;
  readonly method: string;
  readonly headers: readonly string[];
  /** In pieces. Empty if there is none. */
  readonly body: readonly Uint8Array[];
  /** Milliseconds for the whole request; 0 for no limit. */
  readonly timeout: number;
  /** The most bytes that the body may have. */
  readonly bodySizeLimit: number;
  /** Negative: no limit. */
  readonly maxRedirects: number;
  /** Where the body is stored. Null: it is sent in the completion. */
  readonly file: FileOrder | null;
  /** Whether the server is asked for a packed body, and a packed body is unpacked. */
  readonly acceptGzip: boolean;
  /** Null: the settings of the order before. */
  readonly settings: RequestSettings | null;
}

/** Where the body of a whole request is to be stored. */
export interface FileOrder {
  /** An absolute path: it was resolved at request(). */
  readonly path: string;
  /** The fewest bytes of a write. Only the last write may be smaller. */
  readonly chunkSize: number;
  /** Whether `<path>.part` is kept when the request fails or is cancelled. */
  readonly keepPartial: boolean;
  /** Whether an earlier download that was broken off is resumed. */
  readonly append: boolean;
}

/** An order without what belongs to its delivery. */
export type OrderText = Omit<OrderMessage, 'verb' | 'slot' | 'id' | 'settings'>;

/** Nobody wants the answer any more. */
export interface CancelMessage {
  readonly verb: 'cancel';
  readonly id: number;
}

/**
 * What has become of a whole request. Several completions are posted in one message, as arrays. A request has only one,
 * with one exception: if it still holds its file, a second completion with the same number and `holdsFile: false`
 * follows when it does not any more.
 */
export interface Completion {
  readonly id: number;
  readonly result: Result;
  /** 0 if there was no answer. */
  readonly responseCode: number;
  /** `Name: value\n` lines. */
  readonly fields: string;
  /** Its memory is transferred. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The last URL, after redirects. */
  readonly url: string;
  readonly failure: Failure | null;
  /** All of the body is in the file. */
  readonly stored: boolean;
  /** The disk takes long to close the file. Another request for this file has to go to the same thread. */
  readonly holdsFile: boolean;
}

/** The verbs of a worker thread that have an answer. They are called through comlink. */
export interface WorkerApi {
  stats(): ThreadStats;
  /** Closes every connection; their clients see CONNECTION_ERROR. */
  shutdown(): Promise<void>;
}
