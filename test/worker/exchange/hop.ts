import {
  type Hop,
  type Redirection,
  type RedirectRules,
  redirect,
} from '../../../src/worker/exchange/redirects.ts';

export const RULES: RedirectRules = {
  follow: true,
  maxRedirects: 8,
  allowInsecure: false,
  sensitiveHeaders: [],
};

export function makeHop(changes: Partial<Hop> = {}): Hop {
  return { url: 'http://a.test/x/y?q#f', method: 'GET', headers: [], hasBody: false, ...changes };
}

/** What `location` makes of a GET. */
export function follow(location: string, url = 'http://a.test/x/y?q#f', rules: Partial<RedirectRules> = {}) {
  return redirect(makeHop({ url }), 302, [location], 0, { ...RULES, ...rules });
}

/** The next URL, or the code of the failure. */
export function outcome(redirection: Redirection): string {
  if (redirection.kind === 'next') return redirection.hop.url;
  return redirection.kind === 'failure' ? redirection.code : redirection.kind;
}

/** The text's UTF-8, each byte one character. */
export function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}
