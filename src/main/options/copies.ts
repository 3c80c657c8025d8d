import { VERSION } from '../../shared/version.ts';
import { describe } from './arguments.ts';

/**
 * A program may hold this module more than once: imported with another query string, bundled into two of its
 * dependencies, or in another realm. The copies of one version share what there should be one of, and take
 * each other's objects. Those are told by a brand instead of their class: a method, which no printing shows
 * and no JSON has in it.
 */

interface Brand<T> {
  readonly kind: string;
  readonly version: string;
  /** What is behind the object. Only a copy of the same version knows what to make of it. */
  readonly internals: T;
}

const BRAND = Symbol.for('tickhttp.brand');
const OURS = { version: VERSION };

/** Brands the objects of a class. `inside` gives what is behind one of them. */
export function brand<T extends object>(prototype: T, kind: string, inside: (object: T) => unknown): void {
  const value = function (this: T): Brand<unknown> {
    return { kind, ...OURS, internals: inside(this) };
  };
  Object.defineProperty(prototype, BRAND, { value });
}

/**
 * What is behind `value`, by whatever copy it was made. Throws `TypeError` for what is no `kind` of this
 * version.
 */
export function internalsOf<T>(kind: string, name: string, value: unknown): T {
  const found = brandOf<T>(value);
  if (found?.kind !== kind || typeof found.internals !== 'object')
    throw new TypeError(`${name} must be a ${kind}, not ${describe(value)}`);
  if (found.version !== OURS.version) {
    const versions = `${name} is a ${kind} of tickhttp ${found.version}, and this is tickhttp ${VERSION}`;
    throw new TypeError(`${versions}: have one version of it in the program`);
  }
  return found.internals;
}

function brandOf<T>(value: unknown): Brand<T> | null {
  try {
    const method: unknown = Reflect.get(Object(value), BRAND);
    return typeof method === 'function' ? Reflect.apply(method, value, []) : null;
  } catch {
    // Something that only inherits from one, or stands in its way.
    return null;
  }
}

/** One for all copies on a thread and in a realm. */
export interface Shared<T> {
  /** The first that asks makes it. */
  get(make: () => T): T;
  look(): T | undefined;
  replace(value: T): void;
}

/**
 * Where copies of other versions could not use it, `name` has the version in it. It is behind a function, so
 * that nobody sees it who prints `globalThis`. Where that takes nothing new, a sandbox has hardened it, each
 * copy has its own.
 */
export function shared<T>(name: string): Shared<T> {
  const key = Symbol.for(`tickhttp.${name}`);
  let own: T | undefined;
  const look = (): T | undefined => own ?? Reflect.get(globalThis, key)?.();
  const replace = (value: T): void => {
    const done = Reflect.defineProperty(globalThis, key, { value: () => value, configurable: true });
    own = done ? undefined : value;
  };
  const get = (make: () => T): T => {
    const found = look();
    if (found !== undefined) return found;
    const made = make();
    replace(made);
    return made;
  };
  return { get, look, replace };
}
