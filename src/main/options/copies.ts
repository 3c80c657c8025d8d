import { VERSION } from '../../shared/version.ts';
import { withoutText } from './arguments.ts';

/**
 * A program may contain this module more than once: imported with another query string, bundled into two of its
 * dependencies, or in another realm. Copies of the same version share what may exist only once, such as the default
 * pool, and accept each other's objects. They recognise an object by its brand, not by its class. The brand is a
 * method, so that neither printing nor JSON shows it.
 */

interface Brand<T> {
  readonly kind: string;
  readonly version: string;
  /** The internals of the object. Only a copy of the same version understands them. */
  readonly internals: T;
}

const BRAND = Symbol.for('tickhttp.brand');
const OURS = { version: VERSION };

/** Brands the objects of a class. `inside` returns the internals of an object. */
export function brand<T extends object>(prototype: T, kind: string, inside: (object: T) => unknown): void {
  const value = function (this: T): Brand<unknown> {
    return { kind, ...OURS, internals: inside(this) };
  };
  Object.defineProperty(prototype, BRAND, { value });
}

/** The internals of `value`, whichever copy made it. Throws `TypeError` for anything but a `kind` of this version. */
export function internalsOf<T>(kind: string, name: string, value: unknown): T {
  const found = brandOf<T>(value);
  if (found?.kind !== kind || typeof found.internals !== 'object')
    throw new TypeError(`${name} must be a ${kind}, not ${withoutText(value)}`);
  if (found.version !== OURS.version) {
    const versions = `${name} is a ${kind} of tickhttp ${found.version}, and this is tickhttp ${VERSION}`;
    throw new TypeError(`${versions}: use one version of it in the program`);
  }
  return found.internals;
}

function brandOf<T>(value: unknown): Brand<T> | null {
  try {
    const method: unknown = Reflect.get(Object(value), BRAND);
    return typeof method === 'function' ? Reflect.apply(method, value, []) : null;
  } catch {
    // The value only inherits from an object with a brand, or is a proxy that throws.
    return null;
  }
}

/** One value for all copies of a thread and a realm. */
export interface SharedByCopies<T> {
  /** The first copy that asks creates it. */
  getOrMake(make: () => T): T;
  get(): T | undefined;
  set(value: T): void;
}

/**
 * The value is kept on `globalThis`, behind a function, so that printing `globalThis` does not show it. A sandbox may
 * have made `globalThis` read-only: then each copy has a value of its own. If copies of other versions can't use the
 * value, `name` contains the version.
 */
export function sharedByCopies<T>(name: string): SharedByCopies<T> {
  const key = Symbol.for(`tickhttp.${name}`);
  let own: T | undefined;
  const get = (): T | undefined => own ?? Reflect.get(globalThis, key)?.();
  const set = (value: T): void => {
    const done = Reflect.defineProperty(globalThis, key, { value: () => value, configurable: true });
    own = done ? undefined : value;
  };
  const getOrMake = (make: () => T): T => {
    const found = get();
    if (found !== undefined) return found;
    const made = make();
    set(made);
    return made;
  };
  return { getOrMake, get, set };
}
