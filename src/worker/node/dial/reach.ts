import type { ConnectMessage } from '../../../shared/messages.ts';
import { credentialsFlaw } from '../../../shared/proxy-syntax.ts';
import { quoteText, withoutPassword } from '../../../shared/quote.ts';
import type { ProxySettings } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import type { Endpoint } from '../../connection/network.ts';
import { normaliseHost, whereIs, whereIsProxy } from './authority.ts';
import { type Dialled, type DialTools, dial, forwards } from './dial.ts';
import { proxyFor } from './proxy-environment.ts';

/** Opens the connection that the caller has asked for, through a proxy if there is one. */
export async function reach(given: ConnectMessage, tools: DialTools): Promise<Dialled & Endpoint> {
  const host = given.path === null ? normaliseHost(given.host) : 'localhost';
  tools.enter('resolve', host === '' ? quoteText(withoutPassword(given.host)) : whereIs(given));
  if (host === '') throw new ConnectionError('INVALID_HOST', NO_HOST);
  const target = { ...given, host };
  if (target.proxyDefaults) tools.enter('proxy', 'the proxy');
  const proxy = proxyOf(target);
  const dialled = await dial(target, proxy, tools);
  const forwarding = proxy && forwards(proxy, target) ? proxy : null;
  return {
    ...dialled,
    authority: { host, port: target.port, secure: target.tls !== null, forwarding },
    where: proxy ? `${whereIs(given)} (through ${whereIsProxy(proxy)})` : whereIs(given),
  };
}

const NO_HOST = 'it is neither a name nor an address (give the port separately, and a path to request())';

/** The proxy through which a target is to be reached. Null if there is none. */
function proxyOf({ host, port, path, tls, ...target }: ConnectMessage): ProxySettings | null {
  const { environment, proxyDefaults: defaults } = target;
  if (path !== null || defaults === null) return null;
  const proxy = environment ? proxyFor(environment, { host, port, secure: tls !== null }) : target.proxy;
  if (proxy === null) return null;
  const credentials = proxy.credentials ?? defaults.credentials;
  const flaw = credentials && credentialsFlaw(proxy.protocol, credentials);
  if (flaw) throw new ConnectionError('INVALID_PROXY', `proxyCredentials ${flaw}`);
  return {
    ...proxy,
    host: normaliseHost(proxy.host),
    credentials,
    tls: proxy.protocol === 'https' ? defaults.tls : null,
  };
}
