/** A value in an error message: short, and printable whatever it holds. */
export function quote(value: string): string {
  const short = value.length > 80 ? `${value.slice(0, 77)}...` : value;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

/** What is no host may be a URL with a password in it, and that may have an `@`, a blank or a `/` in it. */
export function withoutPassword(host: string): string {
  return host.replace(/:(?!\/\/).*@/s, ':***@');
}
