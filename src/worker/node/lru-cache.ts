import { createRequire } from 'node:module';
import type { LRUCache } from 'lru-cache';

const require = createRequire(import.meta.url);

/**
 * The library is loaded when it is first needed: a thread that only connects to addresses, without TLS, starts sooner.
 */
export function openCache<V extends {}, C = unknown>(
  options: LRUCache.Options<string, V, C>,
): LRUCache<string, V, C> {
  const library: typeof import('lru-cache') = require('lru-cache');
  return new library.LRUCache(options);
}
