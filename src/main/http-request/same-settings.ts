/**
 * Whether two values of settings are equal. The objects of one program mostly have equal settings, which then need not
 * be sent again. Plain objects and arrays are compared by content, all else (bytes of a certificate) by identity. It
 * allocates the keys of the objects that it looks into.
 */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isPlain(one) || !isPlain(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    (key) => Object.hasOwn(other, key) && isSame(Reflect.get(one, key), Reflect.get(other, key)),
  );
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
