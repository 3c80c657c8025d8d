import { quoteText } from '../../shared/quote.ts';

/**
 * Whether this can be the host of a URL: a name or an IP address. Only the worker knows which zones an IPv6 address can
 * have, so any zone passes.
 */
export function mayBeHost(name: string): boolean {
  if (/[/\\?#@]/.test(name)) return false;
  const host = name.includes(':') ? `[${name.replace(/%.*/s, '')}]` : name;
  return !host.includes('%') && URL.canParse(`http://${host}/`);
}

const SCHEME = /^https?:\/\//i;
const OTHER_SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;
const PIECES = /^(\[[^\]]*\]|[^:/\\?#[\]]+)(?::(\d{0,5}))?(?:([/\\?#])(.*))?$/s;

/**
 * What is wrong with `given`, the host of a `connectToHost()`, as a message. It is mostly a URL or a part of one, so
 * the message says where the other parts go. It does not show what may be a secret: the user before an `@`, and what
 * follows the host and its port.
 */
export function hostFlaw(given: string): string {
  const scheme = SCHEME.exec(given)?.[0] ?? '';
  const rest = given.slice(scheme.length);
  if (rest.includes('@')) {
    const advice = 'give a user in an Authorization header, a path to request()';
    return `host ${shownHost(given)} has an "@" in it: ${advice}.`;
  }
  const other = OTHER_SCHEME.exec(rest)?.[0];
  if (other !== undefined) {
    const shown = quoteText(`${scheme}${other}...`);
    const rule = 'only http:// or https:// may be before a host, and only once';
    return `host ${shown} has ${quoteText(other)} in it: ${rule}.`;
  }
  return pieceFlaw(scheme, rest) ?? `host ${shownHost(given)} is neither a name nor an IP address.`;
}

/** The host for a message, without the user before an `@` and without what follows the host. */
export function shownHost(given: string): string {
  const scheme = SCHEME.exec(given)?.[0] ?? '';
  const rest = given.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  return quoteText(`${scheme}${at < 0 ? '' : '***@'}${withoutTail(rest.slice(at + 1))}`);
}

/** The flaw of a host that would be valid without what follows it; null for any other host. */
function pieceFlaw(scheme: string, rest: string): string | null {
  const [, host, port, delimiter, tail] = PIECES.exec(rest) ?? [];
  if (host === undefined || (port === undefined && delimiter === undefined)) return null;
  const piece = delimiter === '?' ? 'query' : delimiter === '#' ? 'fragment' : 'path';
  const flaws: string[] = [];
  const advice: string[] = [];
  if (port !== undefined) {
    flaws.push(port === '' ? 'a colon' : 'a port');
    const argument = port === '' ? '' : `, ${port}`;
    advice.push(
      `give the port as the second argument, connectToHost(${quoteText(scheme + host)}${argument})`,
    );
  }
  if (delimiter !== undefined) {
    flaws.push(`a ${piece}`);
    advice.push(`give the ${piece} to request()`);
  }
  const end = `${port === undefined ? '' : `:${port}`}${delimiter ?? ''}${tail ? '...' : ''}`;
  return `host ${quoteText(scheme + host + end)} has ${flaws.join(' and ')} in it: ${advice.join(', and ')}.`;
}

/**
 * The beginning may be a user and the rest a password, unless it looks like an invalid IPv6 address. An escape may
 * stand for a delimiter.
 */
function withoutTail(rest: string): string {
  return /^::[\da-f:.]*$/i.test(rest) ? rest : rest.replace(/([:/\\?#%\x00-\x20\x7f]).+/s, '$1...');
}
