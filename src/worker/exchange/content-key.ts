import type { RequestSettings } from '../../shared/settings.ts';

/**
 * A key for what decides how connections are made and who makes them: settings that hold the same have the same,
 * whatever objects they came in. How long things may take, and where redirects may lead, are not part of it.
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

/** Long texts have numbers, in the order in which they first came. */
const numbers = new Map<string, string>();
let count = 0;

/** One that has not been used for long gets a new number, and its connections are not used again. */
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
