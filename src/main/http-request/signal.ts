import { ErrorCode } from '../../shared/error-code.ts';
import { requireFunction, requireWholeNumber } from '../options/arguments.ts';

interface Handler<A extends unknown[]> {
  readonly callable: (...args: A) => void;
  readonly flags: number;
  connected: boolean;
}

/** For HTTPRequest only: a signal that nothing is connected to. */
export let newSignal: <A extends unknown[]>() => Signal<A>;

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

  private constructor() {}

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
    newSignal = () => new Signal();
    handlersOf = (signal) => signal.#handlers;
    remove = (signal, handler) => signal.#remove(handler);
  }
}

/** Whether `emit()` would call anything. Ask before making the arguments, which may cost something. */
export function hasHandlers<A extends unknown[]>(signal: Signal<A>): boolean {
  return handlersOf(signal).length > 0;
}

/**
 * The calls of handlers in one `poll()` or `tick()`: `emit()` each signal, then `finish()` once. Until then no
 * exception of a handler comes out. After it the object can be used again, by calls that can't be nested.
 */
export class HandlerCalls {
  #deferred: (() => void)[] | null = null;
  #thrown: { readonly value: unknown } | null = null;

  /** Calls the handlers of `signal`, or keeps the calls for `finish()`. Without handlers it allocates nothing. */
  emit<A extends unknown[]>(signal: Signal<A>, args: A): void {
    if (!hasHandlers(signal)) return;
    for (const handler of handlersOf(signal)) {
      if ((handler.flags & Signal.CONNECT_DEFERRED) === 0) this.#call(signal, handler, args);
      else this.#defer(signal, handler, args);
    }
  }

  /** Makes the deferred calls, then throws what the first handler has thrown. Without either it does nothing. */
  finish(): void {
    const deferred = this.#deferred;
    this.#deferred = null;
    if (deferred) for (const call of deferred) call();
    const thrown = this.#thrown;
    this.#thrown = null;
    if (thrown) throw thrown.value;
  }

  /** Not in `emit()`: what a function captures is allocated with each call of the function around it. */
  #defer<A extends unknown[]>(signal: Signal<A>, handler: Handler<A>, args: A): void {
    this.#deferred ??= [];
    this.#deferred.push(() => this.#call(signal, handler, args));
  }

  #call<A extends unknown[]>(signal: Signal<A>, handler: Handler<A>, args: A): void {
    if (!handler.connected) return;
    if ((handler.flags & Signal.CONNECT_ONE_SHOT) !== 0) remove(signal, handler);
    const { callable } = handler;
    try {
      callable(...args);
    } catch (value) {
      this.#thrown ??= { value };
    }
  }
}

const NONE: readonly never[] = [];
const ALL_FLAGS = Signal.CONNECT_DEFERRED | Signal.CONNECT_ONE_SHOT;
