/**
 * For values of unknown origin: from another realm (`node:vm`, jsdom, an Electron bridge), whose classes are not ours,
 * or thrown by a program, which can throw anything. So these functions do not use `instanceof`. They look at what the
 * engine itself has recorded in a value, which nobody can forge. None of them throws, whatever a value's getters do.
 */

function getterOf(prototype: object, name: PropertyKey): (this: unknown) => unknown {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (getter === undefined) throw new Error(`this engine has no getter ${String(name)}`);
  return getter;
}

const tagOf = getterOf(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
const byteLengthOf = getterOf(ArrayBuffer.prototype, 'byteLength');

/** A `Uint8Array` of any realm, or a `Buffer`. */
export function isBytes(value: unknown): value is Uint8Array {
  return tagOf.call(value) === 'Uint8Array';
}

/** An `ArrayBuffer` of any realm, but not a `SharedArrayBuffer`. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return succeeds(() => byteLengthOf.call(value));
}

/** A `Date` of any realm. */
export function isDate(value: unknown): value is Date {
  return succeeds(() => Date.prototype.getTime.call(value));
}

/** An array of any realm. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    // The value is a Proxy that was revoked.
    return false;
  }
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** A property of any value. Undefined if it can't be read. */
export function propertyOf(value: unknown, name: PropertyKey): unknown {
  try {
    return Reflect.get(Object(value), name);
  } catch {
    return undefined;
  }
}

/** The text of anything, for a message. */
export function textOf(value: unknown): string {
  try {
    return cut(String(value));
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The message of an error, or the text of anything else that was thrown. */
export function messageOf(error: unknown): string {
  if (error === undefined || error === null) return 'no reason was given';
  const message = propertyOf(error, 'message');
  return typeof message === 'string' && message !== '' ? cut(message) : textOf(error);
}

/** The message in one line, behind the name of the error unless that is just `Error`. */
export function summaryOf(error: unknown): string {
  const name = propertyOf(error, 'name');
  const kind = typeof name === 'string' && name !== '' && name !== 'Error' ? `${cut(name)}: ` : '';
  // For a missing module, Node adds a line for each module that required it.
  return `${kind}${messageOf(error)}`.split('\n', 1)[0] ?? '';
}

/** The code of somebody else's error. Only {@link codeOf} returns one, so a misspelt code of our own does not pass. */
export type ForeignCode = string & { readonly [foreign]: never };

declare const foreign: unique symbol;

/** An error's code: a short name without blanks. Null if it has no such code. */
export function codeOf(error: unknown): ForeignCode | null {
  const code = propertyOf(error, 'code');
  return isCode(code) ? code : null;
}

function isCode(code: unknown): code is ForeignCode {
  return typeof code === 'string' && /^[!-~]{1,64}$/.test(code);
}

function cut(text: string): string {
  return text.slice(0, LONGEST_TEXT).toWellFormed();
}

/** Characters. No message needs more. */
const LONGEST_TEXT = 1000;
