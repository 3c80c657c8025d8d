/** A value in an error message: short, and printable whatever it holds. */
export function quoteText(value: string): string {
  const short = value.length > 80 ? `${value.slice(0, 77)}...` : value;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

/** For a host that is invalid: it may be a URL with a password, which may hold an `@`, a blank or a `/`. */
export function withoutPassword(host: string): string {
  return host.replace(/:(?!\/\/).*@/s, ':***@');
}
