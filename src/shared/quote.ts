/** A value for an error message: quoted, short, and printable whatever it contains. */
export function quoteText(value: string): string {
  const short = value.length > 80 ? `${value.slice(0, 77)}...` : value;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

/** For an invalid host: it may be a URL with a password, and that may contain an `@`, a blank or a `/`. */
export function withoutPassword(host: string): string {
  return host.replace(/:(?!\/\/).*@/s, ':***@');
}
