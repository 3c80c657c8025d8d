/**
 * Misuse of types is a bug of the program and throws, naming the parameter; everything that can happen to a correct
 * program is an error code (failures.ts).
 */

export function requireString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${describe(value)}`);
}

export function requireBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean, not ${describe(value)}`);
}

export function requireBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`${name} must be a Uint8Array, not ${describe(value)}`);
}

/** `RangeError` outside the bounds, for options: there is no error code that could carry it. */
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

export function requireWholeNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be a whole number, not ${describe(value)}`);
  }
}

export function requireStrings(name: string, value: unknown): asserts value is readonly string[] {
  if (!Array.isArray(value))
    throw new TypeError(`${name} must be an array of strings, not ${describe(value)}`);
  value.forEach((entry: unknown, index) => {
    requireString(`${name}[${index}]`, entry);
  });
}

export function requireObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, not ${describe(value)}`);
}

/** A slip in an option's name would show much later, by what does not happen. `path` goes before the names. */
export function requireKnown(path: string, options: object, known: object): void {
  const names = Object.keys(known);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = names.find((name) => name.toLowerCase() === unknown.toLowerCase());
  const advice = meant ? `it is ${meant}` : `there are ${names.join(', ')}`;
  throw new TypeError(`there is no option ${path}${unknown}: ${advice}`);
}

/** A value of the wrong type, for a message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === 'object') return `an object of class ${value.constructor?.name ?? 'null'}`;
  return `a ${typeof value}`;
}
