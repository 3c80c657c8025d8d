import type { FailureCode } from '../../shared/failure.ts';
import { quoteText } from '../../shared/quote.ts';
import { resolveLocation } from './location.ts';

/** One request on the way to an answer. */
export interface Hop {
  /** Absolute http: or https: URL, normalised by URL (WHATWG), without userinfo; may have a fragment. */
  readonly url: string;
  /** In capitals: `GET`. */
  readonly method: string;
  /** The caller's fields as `Name: value`. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
}

/** The caller's settings for redirects. */
export interface RedirectRules {
  /** False: every 3xx is delivered. */
  readonly follow: boolean;
  /** Negative: no limit. */
  readonly maxRedirects: number;
  /** Whether https: may lead to http:. */
  readonly allowInsecure: boolean;
  /** Names of fields that are not sent to another origin, besides the built-in ones. */
  readonly sensitiveHeaders: readonly string[];
}

/** What follows from an answer. */
export type Redirection =
  /** The answer is the result, not a redirect to follow. */
  | { readonly kind: 'deliver' }
  | { readonly kind: 'next'; readonly hop: Hop }
  /** `message` is for people, and short. It names schemes, hosts and ports: no user, path, query or field's value. */
  | {
      readonly kind: 'failure';
      readonly result: 'REDIRECT_LIMIT_REACHED' | 'CONNECTION_ERROR';
      readonly code: RedirectCode;
      readonly message: string;
    };

type RedirectCode = Extract<FailureCode, 'REDIRECT_LIMIT_REACHED' | 'INVALID_REDIRECT' | 'INSECURE_REDIRECT'>;

/** 300 offers a choice, 304 is about a cache, 305 named a proxy and is deprecated (RFC 9110 section 15.4). */
const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * What to do about an answer to `hop` (RFC 9110 section 15.4, and the Fetch standard's "HTTP-redirect fetch" for
 * methods). The first of these decides:
 *
 * 1. Redirects are not followed, the status is not one of those above, or there is no Location: the answer is
 *    delivered.
 * 2. The limit is reached. As in Godot, this is checked before the Location is looked at.
 * 3. The Location is invalid, see {@link resolveLocation}.
 * 4. It leads from https: to http:, and that is not allowed.
 * 5. It is followed. The next hop has only the fields that this one may pass on, so what was dropped for another origin
 *    does not come back on a later hop, even if that leads to the first origin.
 *
 * @param locations The values of all Location fields, each character one byte (Latin-1).
 * @param followed The redirects followed so far.
 */
export function redirect(
  hop: Hop,
  statusCode: number,
  locations: readonly string[],
  followed: number,
  rules: RedirectRules,
): Redirection {
  if (!rules.follow || !FOLLOWED.has(statusCode) || locations.length === 0) return { kind: 'deliver' };
  const from = new URL(hop.url);
  const answer = `${quoteText(from.origin)} answered ${statusCode}`;
  if (rules.maxRedirects >= 0 && followed >= rules.maxRedirects) return limitReached(answer, followed);
  const { url, flaw } = resolveLocation(locations, from);
  if (url === null) return invalid(answer, flaw);
  if (from.protocol === 'https:' && url.protocol === 'http:' && !rules.allowInsecure) {
    return insecure(answer, url);
  }
  return { kind: 'next', hop: nextHop(hop, becomesGet(statusCode, hop.method), from, url, rules) };
}

/** RFC 9110 sections 15.4.2 to 15.4.4; 307 and 308 repeat the request as it was. */
function becomesGet(statusCode: number, method: string): boolean {
  if (statusCode === 303) return method !== 'GET' && method !== 'HEAD';
  return (statusCode === 301 || statusCode === 302) && method === 'POST';
}

function nextHop(hop: Hop, toGet: boolean, from: URL, to: URL, rules: RedirectRules): Hop {
  const dropped = to.origin === from.origin ? NONE : secrets(rules);
  const headers = hop.headers.filter((header) => {
    const name = header.slice(0, header.indexOf(':')).toLowerCase();
    return !dropped.has(name) && !(toGet && isAboutBody(name));
  });
  if (toGet) return { url: to.href, method: 'GET', headers, hasBody: false };
  return { url: to.href, method: hop.method, headers, hasBody: hop.hasBody };
}

/** Fields that say who the caller is, or whom it addresses (RFC 9110 section 15.4, the list behind "Remove"). */
const SECRETS = ['authorization', 'proxy-authorization', 'cookie', 'host'] as const;
const NONE: ReadonlySet<string> = new Set();

function secrets({ sensitiveHeaders }: RedirectRules): ReadonlySet<string> {
  return new Set([...SECRETS, ...sensitiveHeaders.map((name) => name.toLowerCase())]);
}

/** Fields that frame or announce a body. A request without a body must not expect a 100 (RFC 9110 section 10.1.1). */
const ABOUT_BODY: ReadonlySet<string> = new Set(['transfer-encoding', 'trailer', 'expect']);

function isAboutBody(name: string): boolean {
  return name.startsWith('content-') || ABOUT_BODY.has(name);
}

function limitReached(answer: string, followed: number): Redirection {
  const count = followed === 1 ? '1 redirect' : `${followed} redirects`;
  const message = `${answer} after ${count}, as many as maxRedirects allows. ${LIMIT_ADVICE}`;
  return { kind: 'failure', result: 'REDIRECT_LIMIT_REACHED', code: 'REDIRECT_LIMIT_REACHED', message };
}

const LIMIT_ADVICE =
  'Raise maxRedirects, check whether the redirects form a loop, or have them delivered with followRedirects: false.';

function invalid(answer: string, flaw: string): Redirection {
  const message = `${answer} with an invalid Location: ${flaw}. followRedirects: false delivers the response as it is.`;
  return { kind: 'failure', result: 'CONNECTION_ERROR', code: 'INVALID_REDIRECT', message };
}

function insecure(answer: string, to: URL): Redirection {
  const message = `${answer} and redirects to ${quoteText(to.origin)}, which is not encrypted. ${INSECURE_ADVICE}`;
  return { kind: 'failure', result: 'CONNECTION_ERROR', code: 'INSECURE_REDIRECT', message };
}

const INSECURE_ADVICE = 'To follow such redirects, set allowInsecureRedirects.';
