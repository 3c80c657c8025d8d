import type { ProxyResponse } from '../../../shared/failure.ts';
import type { ProxyCredentials } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';

/** For a proxy that did not accept `sent`. The advice fits the setters, the environment and the options alike. */
export function loginWanted(sent: ProxyCredentials | null, response?: ProxyResponse): ConnectionError {
  const what = sent ? 'the proxy did not accept the credentials' : 'the proxy wants credentials';
  const cause = unknownLogin(response) ?? `${what}: put user:password@ in front of the proxy's host`;
  return new ConnectionError('PROXY_AUTHENTICATION_REQUIRED', cause, response);
}

/** What to say about a proxy that does not accept Basic. Null if it does, or if it does not say what it accepts. */
function unknownLogin(response: ProxyResponse | undefined): string | null {
  const offered = new Set(challenges(response?.headers ?? []));
  if (offered.size === 0 || offered.has('basic')) return null;
  // Only known names: a message must not repeat anything else from the proxy's fields.
  const known = SCHEMES.filter((scheme) => offered.has(scheme.toLowerCase()));
  const wanted = known.length > 0 ? `with ${known.join(' or ')}` : 'of a kind that tickhttp does not know';
  const advice = 'use a proxy that accepts Basic, or run one of your own that logs in to this one';
  return `the proxy wants a login ${wanted}, and tickhttp supports only Basic: ${advice}`;
}

/** The schemes of IANA's registry that proxies use. */
const SCHEMES = ['NTLM', 'Negotiate', 'Digest', 'Kerberos', 'Bearer'];

/**
 * The schemes of all challenges, in lower case. A field may hold several challenges. Commas separate them, and also
 * separate the parameters of each (RFC 9110 section 11.6.1). A scheme is followed by a blank or by nothing, the name of
 * a parameter by `=`.
 */
function challenges(headers: readonly string[]): string[] {
  return headers.flatMap((header) => {
    const [, value] = /^proxy-authenticate:(.*)$/is.exec(header) ?? [];
    const parts = (value ?? '').replace(QUOTED, '').split(',');
    return parts.flatMap((part) => SCHEME.exec(part.trim())?.[1]?.toLowerCase() ?? []);
  });
}

/** Runs to the end of the text if the closing quote is missing. So the rest is not searched again for each quote. */
const QUOTED = /"(?:[^"\\]|\\.?)*(?:"|$)/gs;
const SCHEME = /^([!#$%&'*+.^`|~\w-]+)(?:$|[ \t]+(?![ \t=]))/;
