import type { ProxyResponse } from '../../shared/failure.ts';
import type { ProxyCredentials } from '../../shared/messages.ts';
import { ConnectionError } from '../connection-error.ts';

/** RFC 7617, in UTF-8. */
export function basic({ username, password }: ProxyCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A proxy did not take `sent`. The advice is true for the setters, the environment and the options alike. */
export function loginWanted(sent: ProxyCredentials | null, response?: ProxyResponse): ConnectionError {
  const what = sent ? 'other credentials' : 'credentials';
  const cause = `the proxy wants ${what}: put user:password@ in front of the proxy's host`;
  return new ConnectionError('PROXY_AUTHENTICATION_REQUIRED', cause, response);
}
