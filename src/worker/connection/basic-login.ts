import type { ProxyCredentials } from '../../shared/settings.ts';

/** RFC 7617, in UTF-8. */
export function basicLogin({ username, password }: ProxyCredentials): string {
  const bytes = utf8.encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

const utf8 = new TextEncoder();
