import { Method } from '../../../shared/enums.ts';
import type { OwnFailure } from '../../../shared/failure.ts';
import type { ClientSettings, RequestSettings, TLSSettings } from '../../../shared/settings.ts';
import { refusal } from '../../connection/failures.ts';
import type { Server } from '../../http-client/server.ts';
import { settingsOf, TLSOptions } from '../../options/tls-options.ts';
import type { Refusals } from '../place.ts';

function cannot(what: string, why: string): OwnFailure {
  return refusal('UNAVAILABLE_IN_BROWSER', `A page can't ${what}: ${why}.`);
}

const BROWSER_DECIDES = 'the browser decides about that';

/**
 * Fields that only the browser sets (Fetch, "forbidden request-header"): it would drop them without a word. Chromium
 * drops User-Agent as well. https://fetch.spec.whatwg.org/#forbidden-request-header
 */
const FORBIDDEN = new RegExp(
  `^(${[
    'accept-charset|accept-encoding|access-control-request-(?:headers|method|private-network)',
    'connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie',
    'te|trailer|transfer-encoding|upgrade|user-agent|via|(?:proxy|sec)-[^:]*',
  ].join('|')}):`,
  'i',
);

/** Fields that are dropped only with such a value, in the same section of Fetch. */
const FORBIDDEN_VALUE =
  /^(x-http-method(?:-override)?|x-method-override):(?:.*,)?[ \t]*(?:connect|trace|track)[ \t]*(?:,|$)/i;

const VERIFYING = JSON.stringify(settingsOf(TLSOptions.client()));

/** TLS options that mean no more than "https". */
function isPlain(tls: TLSSettings): boolean {
  return JSON.stringify(tls) === VERIFYING;
}

/** What the browser's `fetch` can't do is refused: a page that believed it was done might not be safe. */
export const refusals: Refusals = {
  server({ path, tls }: Server, byProxy: boolean, { localAddress, family }: ClientSettings) {
    if (path !== null) return cannot('connect to a unix socket', 'it has fetch only');
    if (byProxy) return cannot('choose a proxy', BROWSER_DECIDES);
    if (localAddress !== null || family !== 0) return cannot('choose addresses', BROWSER_DECIDES);
    if (tls && !isPlain(tls)) return cannot('use TLSOptions', BROWSER_DECIDES);
    return null;
  },

  request({ method, url, headers, headersName, bodyLength }) {
    if (!url.startsWith('/'))
      return cannot('send another target than a path', 'fetch would ask another server');
    if (method === Method.CONNECT || method === Method.TRACE)
      return cannot('send CONNECT or TRACE', 'fetch refuses them');
    if (method === Method.HEAD && bodyLength > 0) return cannot('send HEAD with a body', 'fetch refuses it');
    for (const [index, header] of headers.entries()) {
      const name = FORBIDDEN.exec(header)?.[1] ?? FORBIDDEN_VALUE.exec(header)?.[1];
      if (name !== undefined) return cannot(`set ${name} (${headersName}[${index}])`, BROWSER_DECIDES);
    }
    return null;
  },

  wholeRequest(settings: RequestSettings, toFile: boolean) {
    const { tls, httpProxy, httpsProxy, environment, client } = settings;
    if (toFile) return cannot('write a downloadFile', 'it has no files');
    if (httpProxy || httpsProxy || environment) return cannot('choose a proxy', BROWSER_DECIDES);
    if (client.localAddress !== null || client.family !== 0)
      return cannot('choose addresses', BROWSER_DECIDES);
    if (!isPlain(tls)) return cannot('use TLSOptions', BROWSER_DECIDES);
    if (!settings.followRedirects)
      return cannot('deliver a redirect', 'fetch follows all of them, or tells nothing of them');
    if (settings.allowInsecureRedirects)
      return cannot(
        'allow redirects to http:',
        'the browser blocks them, or follows them by rules of its own',
      );
    if (settings.sensitiveHeaders.length > 0)
      return cannot('keep sensitiveHeaders from other origins', 'fetch sends all fields along');
    return null;
  },

  connection() {
    return cannot('use the bytes of a connection', 'it has fetch only');
  },

  blocking() {
    if ('document' in globalThis)
      return cannot('block', 'its thread must not sleep. A worker of an isolated page can');
    if (!crossOriginIsolated)
      return cannot('block', 'it is not cross-origin isolated, so there is no shared memory to sleep on');
    return null;
  },

  wholeBlocking() {
    return cannot('block', 'await completed(), or use HTTPClient');
  },
};
