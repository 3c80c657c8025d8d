import type { ProxyResponse } from '../../../shared/failure.ts';
import type { ProxyCredentials } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';

/** A proxy did not take `sent`. The advice is true for the setters, the environment and the options alike. */
export function loginWanted(sent: ProxyCredentials | null, response?: ProxyResponse): ConnectionError {
  const what = sent ? 'other credentials' : 'credentials';
  const cause =
    unknownLogin(response) ?? `the proxy wants ${what}: put user:password@ in front of the proxy's host`;
  return new ConnectionError('PROXY_AUTHENTICATION_REQUIRED', cause, response);
}

/** What to say of a proxy that takes no Basic. Null for one that does, or that does not tell what it takes. */
function unknownLogin(response: ProxyResponse | undefined): string | null {
  const offered = new Set(challenges(response?.headers ?? []));
  if (offered.size === 0 || offered.has('basic')) return null;
  // Only names that are known: what else is in the proxy's fields is in no message.
  const known = SCHEMES.filter((scheme) => offered.has(scheme.toLowerCase()));
  const wanted = known.length > 0 ? `with ${known.join(' or ')}` : 'of a kind that tickhttp does not know';
  const advice = 'use a proxy that takes Basic, or one of your own in between that logs in there';
  return `the proxy wants a login ${wanted}, and tickhttp speaks Basic only: ${advice}`;
}

/** Of IANA's registry, those that proxies use. */
const SCHEMES = ['NTLM', 'Negotiate', 'Digest', 'Kerberos', 'Bearer'];

/**
 * The schemes of all challenges, in lower case. A field may hold several, with commas between them as between their
 * parameters (RFC 9110 section 11.6.1). A scheme stands before a blank or alone, a parameter's name before its `=`.
 */
function challenges(headers: readonly string[]): string[] {
  return headers.flatMap((header) => {
    const [, value] = /^proxy-authenticate:(.*)$/is.exec(header) ?? [];
    const parts = (value ?? '').replace(QUOTED, '').split(',');
    return parts.flatMap((part) => SCHEME.exec(part.trim())?.[1]?.toLowerCase() ?? []);
  });
}

/** To the end, where the second quote is missing: never tried anew at each quote that is left. */
const QUOTED = /"(?:[^"\\]|\\.?)*(?:"|$)/gs;
const SCHEME = /^([!#$%&'*+.^`|~\w-]+)(?:$|[ \t]+(?![ \t=]))/;
