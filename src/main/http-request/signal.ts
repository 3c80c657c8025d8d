import { ErrorCode } from '../../shared/error-code.ts';
import { requireFunction, requireWholeNumber } from '../options/arguments.ts';

interface Handler<A extends unknown[]> {
  readonly callable: (...args: A) => void;
  readonly flags: number;
  connected: boolean;
}

/** The object that has the signal. */
interface SignalOwner {
  /** A handler was connected. */
  onConnect(): void;
}

/** For HTTPRequest only: a new signal without handlers. */
export let newSignal: <A extends unknown[]>(owner?: SignalOwner) => Signal<A>;

let handlersOf: <A extends unknown[]>(signal: Signal<A>) => readonly Handler<A>[];
let remove: <A extends unknown[]>(signal: Signal<A>, handler: Handler<A>) => void;

/**
 * An event of an object, for any number of handlers: Godot's `Signal`. Only tickhttp creates and emits signals, and
 * only inside `poll()` and `tick()`. Handlers are called in the order in which they were connected:
 *
 * - A handler may connect and disconnect handlers, itself included. One that is disconnected during an emission is not
 *   called any more. One that is connected during an emission is first called at the next.
 * - All handlers get the same arguments: if one changes an array, the next sees the change.
 * - If a handler throws, the others are called all the same. At its end `poll()` or `tick()` throws the first
 *   exception. A promise that a handler returns is not awaited.
 *
 * https://docs.godotengine.org/en/stable/classes/class_signal.html
 *
 * @example
 * request.requestCompleted.connect((result, responseCode, headers, body) => consume(body));
 */
export class Signal<A extends unknown[]> {
  /**
   * Flag: the handler is called at the end of the same `poll()` or `tick()`, after the other handlers of all signals
   * that are emitted there. In Godot it is called at the end of the frame.
   */
  static readonly CONNECT_DEFERRED = 1;
  /** Flag: the handler is disconnected right before it is called, so it is called once. */
  static readonly CONNECT_ONE_SHOT = 4;

  /** Never changed, only replaced: a loop over the array has a snapshot. */
  #handlers: readonly Handler<A>[] = NONE;
  readonly #owner: SignalOwner | undefined;

  private constructor(owner: SignalOwner | undefined) {
    this.#owner = owner;
  }

  /**
   * Adds a handler. This copies the list of handlers, so its cost grows with their number.
   *
   * @param callable Called without `this`. Throws `TypeError` if it is not a function.
   * @param flags 0 (the default), {@link Signal.CONNECT_DEFERRED}, {@link Signal.CONNECT_ONE_SHOT}, or both (`|`).
   *   Throws `TypeError` if it is not a whole number.
   * @returns OK; ERR_INVALID_PARAMETER if `callable` is connected already, with any flags, or if `flags` has other bits
   *   (Godot's other flags have no meaning here). Then nothing is changed.
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

  /** Removes a handler. Does nothing if `callable` is not connected. Throws `TypeError` if it is not a function. */
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

/** Whether {@link emit} would call any handler. Ask before creating the arguments, which may be expensive. */
export function hasHandlers<A extends unknown[]>(signal: Signal<A>): boolean {
  return handlersOf(signal).length > 0;
}

/**
 * Calls the handlers of `signal` in `calls`. Without handlers it allocates nothing. It is not a method of
 * {@link HandlerCalls}, whose object may come from another copy of this module: that copy can't look into the signals
 * of this one.
 */
export function emit<A extends unknown[]>(calls: HandlerCalls, signal: Signal<A>, args: A): void {
  for (const handler of handlersOf(signal)) emitTo(calls, signal, handler, args);
}

/** A function of its own: a closure in `emit()` would allocate its context at each call of `emit()`. */
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
 * The calls of handlers in one `poll()` or `tick()`: {@link emit} each signal, then call `finish()` once. Until then no
 * exception of a handler is thrown. Afterwards the object can be used again.
 */
export class HandlerCalls {
  #deferred: (() => void)[] | null = null;
  #thrown: { readonly value: unknown } | null = null;

  /** Calls `act` now. If it is the first that throws, `finish()` throws its exception. */
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
   * Makes the deferred calls, and those that they defer; then throws the first exception of a handler. Does nothing if
   * there is neither.
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
