import type { ProxyEnvironment } from '../../../shared/settings.ts';

/**
 * Lower case comes first, as in curl, and an empty variable counts as not set. In a CGI program HTTP_PROXY is the
 * `Proxy` field of the request that it serves (https://httpoxy.org). So if REQUEST_METHOD shows that this is CGI, only
 * `http_proxy` counts. On Windows, where both names are one variable, neither counts then.
 */
export function proxyEnvironment({
  env,
  platform,
}: Pick<NodeJS.Process, 'env' | 'platform'> = process): ProxyEnvironment {
  const read = (name: string) => env[name] || env[name.toUpperCase()] || '';
  const cgi = platform === 'win32' ? '' : (env.http_proxy ?? '');
  return {
    http: env.REQUEST_METHOD ? cgi : read('http_proxy'),
    https: read('https_proxy'),
    all: read('all_proxy'),
    no: read('no_proxy'),
  };
}
