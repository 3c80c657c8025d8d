import type { ConnectMessage } from '../../shared/messages.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import type { TargetUrl } from './target-url.ts';

/** How a connection to a server is made: proxies are decided anew for each hop. */
export function whereTo({ secure, host, port }: TargetUrl, settings: RequestSettings): ConnectMessage {
  const proxy = secure ? settings.httpsProxy : settings.httpProxy;
  const environment = proxy ? null : settings.environment;
  const proxyDefaults = proxy || environment ? settings.proxyDefaults : null;
  const tls = secure ? settings.tls : null;
  return { verb: 'connect', epoch: 0, host, port, path: null, tls, proxy, environment, proxyDefaults };
}
