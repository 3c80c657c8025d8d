import { isArray, isBytes, propertyOf, summaryOf, textOf } from '../../shared/kinds.ts';
import type { Place } from '../place/place.ts';

/**
 * A wrong type is a bug in the program: it throws, and the message names the parameter. Everything that can happen to a
 * correct program is an error code (failures.ts).
 */

export function requireString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${describe(value)}`);
}

/** Like {@link requireString}, for a secret: the message shows only the type of a wrong value. */
export function requireSecret(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${kindOf(value)}`);
}

/**
 * For a parameter that is not text. A text given for it by mistake may be a secret, such as a field, a body or a key.
 * A string is shown only if it is `plain`: a value of the right type that was written as a string.
 */
export function withoutText(value: unknown, plain: RegExp | null = null): string {
  return typeof value === 'string' && !plain?.test(value) ? 'a string' : describe(value);
}

const BOOLEAN_TEXT = /^(?:true|false|yes|no|on|off|[01])?$/i;
/** A number, with or without a unit (`30s`, `1M`); or the name of a method. */
const NUMBER_TEXT = /^(?:[-+]?[\d.]{0,8}[a-z%]{0,2}|GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH)$/i;

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

export function requireBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean')
    throw new TypeError(`${name} must be a boolean, not ${withoutText(value, BOOLEAN_TEXT)}`);
}

export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, not ${withoutText(value)}`);
}

export function requireBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!isBytes(value)) throw new TypeError(`${name} must be a Uint8Array, not ${withoutText(value)}`);
  if (value.byteLength === 0) requireMemory(name, value);
}

/** An array whose memory was transferred looks empty, and would be sent or filled like an empty one. */
function requireMemory(name: string, { buffer }: Uint8Array): void {
  try {
    new Uint8Array(buffer);
  } catch {
    throw new TypeError(`${name} must be a Uint8Array with memory: its memory was transferred (detached)`);
  }
}

/**
 * The same bytes as a plain view of fixed length. Subclasses, own properties and resizable memory can change what an
 * array says about itself. Nothing can change this view between a check and its use.
 */
export function bytesOf(name: string, value: unknown): Uint8Array {
  requireBytes(name, value);
  return plainView(value);
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype);

function plainView(bytes: Uint8Array): Uint8Array {
  const buffer: ArrayBufferLike = Reflect.get(TYPED_ARRAY, 'buffer', bytes);
  const offset: number = Reflect.get(TYPED_ARRAY, 'byteOffset', bytes);
  const length: number = Reflect.get(TYPED_ARRAY, 'byteLength', bytes);
  return new Uint8Array(buffer, offset, length);
}

/** Throws `RangeError` outside the bounds. For options, which no call could refuse with an error code. */
export function requireInteger(
  name: string,
  value: unknown,
  least: number,
  most: number,
): asserts value is number {
  requireWholeNumber(name, value);
  if (value < least || value > most)
    throw new RangeError(`${name} must be ${least} to ${most}, not ${value}`);
}

export function requireNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${withoutText(value, NUMBER_TEXT)}`);
}

export function requireWholeNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be a whole number, not ${withoutText(value, NUMBER_TEXT)}`);
  }
}

/**
 * A copy, because getters and proxies may return something else the next time. A hole in a sparse array is not a
 * string, so it throws.
 */
export function stringsOf(name: string, value: unknown): string[] {
  if (!isArray(value)) throw new TypeError(`${name} must be an array of strings, not ${withoutText(value)}`);
  return copyArray(value, (entry, index) => {
    requireString(`${name}[${index}]`, entry);
    return entry;
  });
}

/** Reads each element once, also the holes of a sparse array, which `map` would skip. */
export function copyArray<T>(array: readonly unknown[], copy: (element: unknown, index: number) => T): T[] {
  const copies: T[] = [];
  const { length } = array;
  for (let index = 0; index < length; index++) copies.push(copy(array[index], index));
  return copies;
}

export function requireObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, not ${withoutText(value)}`);
}

/**
 * Throws `TypeError` for an unknown name: a misspelt option would have no effect, which is noticed much later.
 *
 * @param path What is before the names in the message.
 * @param owner Whose options they are, in case one of its properties is given as an option.
 */
export function requireKnown(path: string, options: object, known: object, owner: Owner | null = null): void {
  const names = Object.keys(known);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  if (owner?.properties.includes(unknown)) {
    const { name, variable } = owner;
    throw new TypeError(`${unknown} is a property of ${name}, not an option: set ${variable}.${unknown}`);
  }
  const meant = names.find((name) => name.toLowerCase() === unknown.toLowerCase());
  const advice = meant ? `did you mean ${meant}?` : `the options are ${names.join(', ')}`;
  throw new TypeError(`there is no option ${path}${unknown}: ${advice}`);
}

/** A class with options, and properties that can be set. */
export interface Owner {
  readonly name: string;
  /** The name of an object of the class in examples. */
  readonly variable: string;
  readonly properties: readonly string[];
}

/** Describes a value of the wrong type for a message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return textOf(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = propertyOf(propertyOf(value, 'constructor'), 'name');
  return `an object of class ${typeof name === 'string' && name !== '' ? name.slice(0, 40) : 'null'}`;
}

/** For the file of the worker, as text or as a `URL` of any realm. Returns what the place makes of it. */
export function requireFile(name: string, value: unknown, { files, pathOf }: FilePlace): string {
  const text = typeof value === 'string' ? value : propertyOf(value, 'href');
  const refuse = (why: string): TypeError =>
    new TypeError(`${name} must be ${files}, not ${describe(text ?? value)}${why}`);
  if (typeof text !== 'string' || text === '') throw refuse('');
  try {
    const path = pathOf(text);
    if (path !== null) return path;
  } catch (error) {
    throw refuse(` (${summaryOf(error)})`);
  }
  throw refuse('');
}

type FilePlace = Pick<Place, 'files' | 'pathOf'>;
