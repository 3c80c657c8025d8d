import type { ProxyEnvironment } from '../../../shared/settings.ts';

/**
 * Lower case first, as in curl, and what is empty is not set. A CGI program's HTTP_PROXY is the `Proxy` field of the
 * request it serves (https://httpoxy.org), so where REQUEST_METHOD tells of CGI only `http_proxy` counts, and
 * on Windows,
 * where both are one variable, neither.
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
