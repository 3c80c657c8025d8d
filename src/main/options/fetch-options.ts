import type { FetchOptions } from '../../shared/settings.ts';
import { requireKnown, requireObject, withoutText } from './arguments.ts';

const VALUES = {
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  mode: ['cors', 'same-origin'],
  priority: ['high', 'low', 'auto'],
  targetAddressSpace: ['loopback', 'local', 'public'],
} satisfies { [Name in keyof FetchOptions]-?: FetchOptions[Name][] };

/** A copy of what was set. Throws `TypeError` for an unknown name or value: what was meant would not happen. */
export function normaliseFetch(options: FetchOptions): FetchOptions {
  requireObject('fetch', options);
  requireKnown('fetch.', options, VALUES);
  // Each is read once: a getter may return something else the next time.
  const { credentials, cache, mode, priority, targetAddressSpace } = options;
  requireOne('credentials', credentials);
  requireOne('cache', cache);
  requireOne('mode', mode);
  requireOne('priority', priority);
  requireOne('targetAddressSpace', targetAddressSpace);
  // https://fetch.spec.whatwg.org/#dom-request
  if (cache === 'only-if-cached' && mode !== 'same-origin')
    throw new TypeError("fetch.cache 'only-if-cached' needs fetch.mode 'same-origin'");
  return {
    ...(credentials && { credentials }),
    ...(cache && { cache }),
    ...(mode && { mode }),
    ...(priority && { priority }),
    ...(targetAddressSpace && { targetAddressSpace }),
  };
}

function requireOne(name: keyof FetchOptions, value: unknown): void {
  const values: readonly unknown[] = VALUES[name];
  if (value === undefined || values.includes(value)) return;
  const wanted = VALUES[name].map((each) => `'${each}'`).join(', ');
  throw new TypeError(`fetch.${name} must be one of ${wanted}, not ${withoutText(value, /^[a-z-]{0,20}$/)}`);
}
