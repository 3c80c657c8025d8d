import type { Port, Ticket } from '../../shared/messages.ts';
import type { ProxyEnvironment } from '../../shared/settings.ts';
import type { DuplexLike } from '../stream-peer/duplex.ts';

/**
 * What differs between the platforms that the caller's side runs on. Everything else in `src/main` is the language, and
 * what Node and browsers both have.
 */
export interface Place {
  /** Throws if there can be no threads. `workerFile`: what `pathOf` returned; null for where it was installed. */
  openThreads(count: number, listener: ThreadListener, workerFile: string | null): Threads;
  /** How many threads suit this machine: one core stays the caller's, and few programs fill four others. */
  suitableThreads(): number;
  /** The path of the worker's file that the option `workerUrl` means now. Throws for a URL that means no file. */
  pathOf(url: string): string;
  /** What the environment says of proxies. */
  proxyEnvironment(): ProxyEnvironment;
  /** The path as the system understands it from the working directory. Touches no file. */
  absolutePath(path: string): string;
  /** Milliseconds, of a clock that stays when programs under test replace `performance`, `Date` and timers. */
  now(): number;
  /** Bounds an awaited promise. The caller's side has no other timers. */
  startTimer(milliseconds: number): Timer;
  /** What comes on a port. Until `listen()` the port holds no process open. */
  openInbox<M>(port: Port): Inbox<M>;
  /** Carries a stream of the caller's to its stand-in on the worker, and back. Returns the worker's port. */
  relayStream(stream: DuplexLike): Port;
}

/** The end of a port on which messages come, looked at by the caller when it has time. */
export interface Inbox<M> {
  /** Hands over all messages that have come, in order. */
  drain(hear: (message: M) => void): void;
  /** From here on messages are handed over as they come, too, and the process is held open for them. */
  listen(hear: (message: M) => void): void;
  /** Only `drain()` hands them over. */
  ignore(): void;
}

/** Holds the process open, where there is one. */
export interface Timer {
  /** Settles after the time, or with `stop()`. */
  readonly over: Promise<unknown>;
  stop(): void;
}

/** Threads that run `src/worker`, each with an id of its own. */
export interface Threads {
  /** The threads that take a ticket at once, before the event loop has turned. */
  readonly ids: ReadonlySet<number>;
  /** Settles when thread `id`, which must be one of `ids`, has started, or never will. */
  start(id: number): Promise<unknown>;
  /** Hands a ticket to thread `id`, which must be one of `ids`. Settles when the thread has started, or never will. */
  send(id: number, ticket: Ticket & { readonly port: Port }): Promise<unknown>;
  /** Ends one thread, whatever it is doing. If it has served, another takes its place, a turn later. */
  stop(id: number): void;
  /** Why thread `id` has ended, known at once; null if it lives, or has not written why. */
  endReason(id: number): string | null;
  /** Ends all threads. Settles when they are gone: one that waits for DNS lives until it has its answer. */
  destroy(): Promise<void>;
}

/** Is told about threads, never from inside a call of {@link Threads}. */
export interface ThreadListener {
  /** A thread has ended unasked. Told once for each. */
  ended(id: number, reason: string): void;
  /** Nothing runs in the thread any more. Told last, for every thread. */
  gone(id: number): void;
}
