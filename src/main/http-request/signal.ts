import { ErrorCode } from '../../shared/error-code.ts';
import { requireFunction, requireWholeNumber } from '../options/arguments.ts';

interface Handler<A extends unknown[]> {
  readonly callable: (...args: A) => void;
  readonly flags: number;
  connected: boolean;
}

/** Whose signals they are. */
interface SignalOwner {
  /** A handler was connected. */
  onConnect(): void;
}

/** For HTTPRequest only: a signal that nothing is connected to. */
export let newSignal: <A extends unknown[]>(owner?: SignalOwner) => Signal<A>;

let handlersOf: <A extends unknown[]>(signal: Signal<A>) => readonly Handler<A>[];
let remove: <A extends unknown[]>(signal: Signal<A>, handler: Handler<A>) => void;

/**
 * Something that an object tells whoever is interested: Godot's `Signal`. Only tickhttp makes and emits signals, and
 * only inside `poll()` and `tick()`. It calls the handlers in the order in which they were connected:
 *
 * - A handler may connect and disconnect any others, and itself. One that was disconnected meanwhile is not called; one
 *   that was connected meanwhile is called from the next time on.
 * - All handlers get the same arguments: a change that one makes to an array is seen by the next.
 * - A handler that throws keeps no other from being called. At its end `poll()` or `tick()` throws what the first of
 *   them has thrown. Nobody waits for a promise that a handler returns.
 *
 * https://docs.godotengine.org/en/stable/classes/class_signal.html
 *
 * @example
 * request.requestCompleted.connect((result, responseCode, headers, body) => consume(body));
 */
export class Signal<A extends unknown[]> {
  /**
   * The handler is called at the end of the same `poll()` or `tick()`, when the other handlers of all signals that were
   * emitted there have been called. In Godot it is the end of the frame.
   */
  static readonly CONNECT_DEFERRED = 1;
  /** The handler is disconnected right before it is called, so it is called once. */
  static readonly CONNECT_ONE_SHOT = 4;

  /** Never changed, but replaced: who goes through the array has a snapshot. */
  #handlers: readonly Handler<A>[] = NONE;
  readonly #owner: SignalOwner | undefined;

  private constructor(owner: SignalOwner | undefined) {
    this.#owner = owner;
  }

  /**
   * Adds a handler. This copies the list of handlers, so its cost grows with their number.
   *
   * @param callable Is called without `this`. Throws `TypeError` if it is not a function.
   * @param flags 0, {@link Signal.CONNECT_DEFERRED}, {@link Signal.CONNECT_ONE_SHOT}, or both (`|`). Throws `TypeError`
   *   if it is not a whole number.
   * @returns OK; ERR_INVALID_PARAMETER if `callable` is connected already, with whatever flags, or if `flags` has other
   *   bits (Godot's other flags mean nothing here). Then nothing is changed.
   */
  connect(callable: (...args: A) => void, flags = 0): ErrorCode {
    requireFunction('callable', callable);
    requireWholeNumber('flags', flags);
    const unknown = (flags & ALL_FLAGS) !== flags;
    if (unknown || this.#find(callable)) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#handlers = [...this.#handlers, { callable, flags, connected: true }];
    this.#owner?.onConnect();
    return ErrorCode.OK;
  }

  /** Removes a handler. Does nothing if it is not connected. Throws `TypeError` if it is not a function. */
  disconnect(callable: (...args: A) => void): void {
    requireFunction('callable', callable);
    const handler = this.#find(callable);
    if (handler) this.#remove(handler);
  }

  /** Whether `callable` is connected. Throws `TypeError` if it is not a function. */
  isConnected(callable: (...args: A) => void): boolean {
    requireFunction('callable', callable);
    return this.#find(callable) !== undefined;
  }

  #find(callable: (...args: A) => void): Handler<A> | undefined {
    return this.#handlers.find((handler) => handler.callable === callable);
  }

  #remove(handler: Handler<A>): void {
    handler.connected = false;
    const left = this.#handlers.filter((other) => other !== handler);
    this.#handlers = left.length === 0 ? NONE : left;
  }

  static {
    newSignal = (owner) => new Signal(owner);
    handlersOf = (signal) => signal.#handlers;
    remove = (signal, handler) => signal.#remove(handler);
  }
}

/** Whether {@link emit} would call anything. Ask before making the arguments, which may cost something. */
export function hasHandlers<A extends unknown[]>(signal: Signal<A>): boolean {
  return handlersOf(signal).length > 0;
}

/**
 * Calls the handlers of `signal` in `calls`. Without handlers it allocates nothing. It is no method of
 * {@link HandlerCalls}, because those may be of another copy of this module, which can't look into this one's signals.
 */
export function emit<A extends unknown[]>(calls: HandlerCalls, signal: Signal<A>, args: A): void {
  for (const handler of handlersOf(signal)) emitTo(calls, signal, handler, args);
}

/** Not in `emit()`: what a function captures is allocated with each call of the function around it. */
function emitTo<A extends unknown[]>(
  calls: HandlerCalls,
  signal: Signal<A>,
  handler: Handler<A>,
  args: A,
): void {
  const call = (): void => callHandler(signal, handler, args);
  if ((handler.flags & Signal.CONNECT_DEFERRED) === 0) calls.call(call);
  else calls.defer(call);
}

function callHandler<A extends unknown[]>(signal: Signal<A>, handler: Handler<A>, args: A): void {
  if (!handler.connected) return;
  if ((handler.flags & Signal.CONNECT_ONE_SHOT) !== 0) remove(signal, handler);
  const { callable } = handler;
  callable(...args);
}

/**
 * The calls of handlers in one `poll()` or `tick()`: {@link emit} each signal, then `finish()` once. Until then no
 * exception of a handler comes out. After it the object can be used again.
 */
export class HandlerCalls {
  #deferred: (() => void)[] | null = null;
  #thrown: { readonly value: unknown } | null = null;

  /** Calls it now. What it throws is thrown by `finish()`, if it is the first. */
  call(act: () => void): void {
    try {
      act();
    } catch (value) {
      this.#thrown ??= { value };
    }
  }

  /** Leaves the call to `finish()`. */
  defer(act: () => void): void {
    this.#deferred ??= [];
    this.#deferred.push(act);
  }

  /**
   * Makes the deferred calls, and those that they defer; then throws what the first handler has thrown. Without either
   * it does nothing.
   */
  finish(): void {
    for (let deferred = this.#deferred; deferred; deferred = this.#deferred) {
      this.#deferred = null;
      for (const act of deferred) this.call(act);
    }
    const thrown = this.#thrown;
    this.#thrown = null;
    if (thrown) throw thrown.value;
  }
}

const NONE: readonly never[] = [];
const ALL_FLAGS = Signal.CONNECT_DEFERRED | Signal.CONNECT_ONE_SHOT;
