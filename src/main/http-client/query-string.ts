import { isArray, isDate } from '../../shared/kinds.ts';
import { copyArray, describe, withoutText } from '../options/arguments.ts';

/**
 * `HTTPClient.queryStringFromDict()` says what this does.
 *
 * https://docs.godotengine.org/en/stable/classes/class_httpclient.html#class-httpclient-method-query-string-from-dict
 */
export function queryStringFromDict(fields: Record<string, unknown>): string {
  if (typeof fields !== 'object' || fields === null) {
    throw new TypeError(`fields must be an object, not ${withoutText(fields)}`);
  }
  return Object.entries(fields)
    .flatMap(([key, value]) => pairs(encode(key), value))
    .join('&');
}

function pairs(key: string, value: unknown): string[] {
  if (value === null || value === undefined) return [key];
  if (isArray(value)) return elements(value, key, (element) => `${key}=${encode(stringify(element, key))}`);
  return [`${key}=${encode(stringify(value, key))}`];
}

function elements(array: readonly unknown[], key: string, show: (element: unknown) => string): string[] {
  return copyArray(array, (element, index) => {
    if (element === undefined && !(index in array))
      throw new TypeError(
        `fields.${key}[${index}] must be data: the array is sparse, and has no element there`,
      );
    return show(element);
  });
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Godot's `String(Variant)`. `within`: the containers around the value. */
function stringify(value: unknown, key: string, within: readonly object[] = []): string {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`fields.${key} must be data, not ${describe(value)}`);
  }
  if (value === null || value === undefined) return '<null>';
  if (typeof value !== 'object' || isDate(value)) return String(value);
  if (ArrayBuffer.isView(value)) return `[${String(value).replaceAll(',', ', ')}]`;
  if (within.includes(value)) throw new TypeError(`fields.${key} contains itself`);
  const nested = (inner: unknown): string =>
    // Inside a container Godot quotes strings.
    typeof inner === 'string' ? JSON.stringify(inner) : stringify(inner, key, [...within, value]);
  if (isArray(value)) return `[${elements(value, key, nested).join(', ')}]`;
  const entries = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}: ${nested(inner)}`);
  return entries.length === 0 ? '{  }' : `{ ${entries.join(', ')} }`;
}
