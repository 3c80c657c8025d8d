import type { Failure } from '../../shared/failure.ts';
import type { Port, Ticket } from '../../shared/messages.ts';
import type { PiecesTicket } from '../../shared/pieces.ts';
import type { ClientSettings, ProxyEnvironment, RequestSettings } from '../../shared/settings.ts';
import type { Server } from '../http-client/server.ts';
import type { DuplexLike } from '../stream-peer/duplex.ts';

/**
 * What differs between the platforms of the caller's side. Everything else in `src/main` uses only the language, and
 * what Node and browsers both have.
 */
export interface Place {
  /** Throws if there can be no threads. `workerFile` is what `pathOf` returned; null for the installed file. */
  openThreads(count: number, listener: ThreadListener, workerFile: string | null): Threads;
  /** What copies the bodies of a pool's clients. `deliver` brings a ticket to a thread. */
  openUploads(deliver: (threadId: number, ticket: PiecesTicket) => void): Uploads;
  /** What can't be done here; null if everything can. */
  readonly refusals: Refusals | null;
  /** Whether threads share memory here, and why or why not, for people. It does not change. */
  readonly sharing: { readonly shared: boolean; readonly reason: string };
  /**
   * How many threads suit this machine: one core is left to the caller, and few programs keep more than four others
   * busy.
   */
  suitableThreads(): number;
  /** What the option `workerUrl` may be, for messages. */
  readonly files: string;
  /** What the option `workerUrl` means now. Null if it is the URL of something else; throws if it is wrong. */
  pathOf(url: string): string | null;
  /** What the environment says about proxies. */
  proxyEnvironment(): ProxyEnvironment;
  /** The absolute path for a path that may be relative to the working directory. Touches no file. */
  absolutePath(path: string): string;
  /** Milliseconds, of a clock that stays real when programs under test replace `performance`, `Date` and timers. */
  now(): number;
  /** Bounds an awaited promise. The caller's side has no other timers. */
  startTimer(milliseconds: number): Timer;
  /**
   * The messages of a port. Until `listen()` is called the port does not keep the process running. In a page, `atOnce`
   * sees each message as it comes: what it has taken (true) does not wait for the caller.
   */
  openInbox<M>(port: Port, atOnce?: (message: M) => boolean): Inbox<M>;
  /** Carries the bytes of a caller's stream to its stand-in on the worker, and back. Returns the worker's port. */
  relayStream(stream: DuplexLike): Port;
}

/** Copies bodies that go to the threads of a pool. */
export interface Uploads {
  /**
   * A copy of the bytes of `body` from `at` on, at most `PIECE_BYTES`. Null if there is no memory. Its memory has to be
   * transferred to a thread, and `lendTo()` told of that.
   */
  copyPiece(body: Uint8Array, at: number): Uint8Array<ArrayBuffer> | null;
  /** A copy of all of `body`, in pieces. Null if there is no memory. */
  copy(body: Uint8Array): Uint8Array<ArrayBuffer>[] | null;
  /** These copies go, or have gone, to this thread. Other memory is ignored. */
  lendTo(threadId: number, copies: readonly Uint8Array[]): void;
  /** These copies were not sent. Other memory is ignored. */
  takeBack(copies: readonly Uint8Array[]): void;
  /** Handles the messages of the threads. Cheap enough to be called once a second. */
  drain(): void;
  /** The thread has ended, and the copies that it had are lost. */
  endThread(threadId: number): void;
  /** All threads have ended. */
  end(): void;
}

/** What a platform can't do. Each function returns the failure of the call, code UNAVAILABLE_IN_BROWSER, or null. */
export interface Refusals {
  /** `byProxy`: a proxy was set, or the environment's is to be used. */
  server(server: Server, byProxy: boolean, settings: ClientSettings): Failure | null;
  request(request: CheckedRequest): Failure | null;
  wholeRequest(settings: RequestSettings, toFile: boolean): Failure | null;
  /** The use of a connection's bytes. */
  connection(): Failure | null;
  /** Blocking mode of a client. */
  blocking(): Failure | null;
  /** Blocking mode of whole requests. */
  wholeBlocking(): Failure | null;
}

/** A request that could be sent on Node. `headersName` is what messages call the headers. */
export interface CheckedRequest {
  readonly method: number;
  /** As `request()` takes it. */
  readonly url: string;
  readonly headers: readonly string[];
  readonly headersName: string;
  readonly bodyLength: number;
}

/** The receiving end of a port. The caller looks at it when it has time. */
export interface Inbox<M> {
  /** Delivers all messages that have arrived, in order. */
  drain(hear: (message: M) => void): void;
  /** From here on messages are also delivered as they arrive, and the process is kept running for them. */
  listen(hear: (message: M) => void): void;
  /** The same, but the process is not kept running. */
  overhear(hear: (message: M) => void): void;
  /** From here on only `drain()` delivers messages. */
  ignore(): void;
}

/** A timer keeps the process running, where there is a process. */
export interface Timer {
  /** Settles when the time is over, or at `stop()`. */
  readonly over: Promise<unknown>;
  stop(): void;
}

/** Threads that run `src/worker`, each with an id of its own. */
export interface Threads {
  /** The threads that take a ticket at once, before the event loop has turned. */
  readonly ids: ReadonlySet<number>;
  /** Settles when thread `id`, which must be one of `ids`, has started, or will never start. */
  start(id: number): Promise<unknown>;
  /**
   * Sends a ticket to thread `id`, which must be one of `ids`. Settles when the thread has started, or will never
   * start.
   */
  send(id: number, ticket: Ticket & { readonly port: Port }): Promise<unknown>;
  /** Ends one thread, whatever it is doing. If it has taken a ticket before, another replaces it a turn later. */
  stop(id: number): void;
  /** Why thread `id` has ended, known at once; null if it lives, or has not written the reason. */
  endReason(id: number): string | null;
  /** Ends all threads. Settles when they are gone. A thread that waits for DNS lives until it has the answer. */
  destroy(): Promise<void>;
}

/** Is told about threads, but never inside a call of {@link Threads}. */
export interface ThreadListener {
  /** A thread has ended unasked. Called once for each. */
  ended(id: number, reason: string): void;
  /** Nothing runs in the thread any more. Called last, for every thread. */
  gone(id: number): void;
}
