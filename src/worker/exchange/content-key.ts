import type { RequestSettings } from '../../shared/settings.ts';

/**
 * A key of the settings that decide how connections are made and who makes them. Settings of equal content have equal
 * keys, whatever objects they came in. Time limits and rules for redirects are not part of the key.
 */
export function contentKey({
  client,
  tls,
  httpProxy,
  httpsProxy,
  environment,
  proxyDefaults,
}: RequestSettings): string {
  const { limits, localAddress, family, dnsLifetime, tcpKeepAlive } = client;
  const own = { limits, localAddress, family, dnsLifetime, tcpKeepAlive };
  const parts = { own, tls, httpProxy, httpsProxy, environment, proxyDefaults };
  const text = JSON.stringify(parts, (_name, value: unknown) =>
    value instanceof Uint8Array ? { bytes: Array.from(value) } : value,
  );
  return numberOf(text);
}

/** Long texts are replaced by numbers, in the order in which they first came. */
const numbers = new Map<string, string>();
let count = 0;

/**
 * A text that was not used for long is forgotten. It gets a new number later, so its old connections are not reused.
 */
function numberOf(text: string): string {
  const known = numbers.get(text);
  numbers.delete(text);
  if (known === undefined) count += 1;
  const number = known ?? String(count);
  numbers.set(text, number);
  const [oldest] = numbers.keys();
  if (numbers.size > MOST && oldest !== undefined) numbers.delete(oldest);
  return number;
}

const MOST = 1000;
