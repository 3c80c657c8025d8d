import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LRUCache } from 'lru-cache';
import type { Family } from '../../../shared/settings.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { openCache } from '../lru-cache.ts';

interface Question {
  readonly host: string;
  readonly family: Family;
}

/** In the order in which to try them. */
export type Addresses = readonly LookupAddress[];

/**
 * The thread's DNS: the system's own look-up, which knows its hosts file and its way of resolving. Its answers carry no
 * lifetime, so each client says how long it is content with one. Failures are not kept. Connections that ask for the
 * same name at the same time share one look-up. A process does two at once, all its threads together: libuv has four
 * threads, and lets slow work have half of them.
 */
export class Resolver {
  #cache: LRUCache<string, Addresses, Question> | null = null;
  /** The key under which the cache has, or had, an answer. */
  readonly #keys = new WeakMap<Addresses, string>();

  /** All addresses of a name. For an address, only itself. */
  async resolve(host: string, family: Family, lifetime: number): Promise<Addresses> {
    const literal = isIP(host);
    if (LOOPBACK_NAME.test(host))
      return LOOPBACK.filter((address) => family === 0 || address.family === family);
    if (literal === 0) return this.#ask({ host, family }, lifetime);
    if (family !== 0 && literal !== family) {
      throw new ConnectionError(
        'WRONG_FAMILY',
        `it is an IPv${literal} address, and the option family or localAddress demands IPv${family}`,
      );
    }
    return [{ address: host, family: literal }];
  }

  /**
   * `addresses` led to no connection, or to one that was lost, so the name may have moved. It will be looked up again,
   * for both families and all lifetimes; unless that has happened already, because others have called this before.
   */
  forget(addresses: Addresses): void {
    const cache = this.#cache;
    const key = this.#keys.get(addresses);
    if (!cache || key === undefined || cache.peek(key) !== addresses) return;
    const end = key.slice(key.lastIndexOf(' '));
    for (const other of [...cache.keys()]) if (other.endsWith(end)) cache.delete(other);
  }

  async #ask(question: Question, lifetime: number): Promise<Addresses> {
    if (lifetime === 0) return ask(question);
    this.#cache ??= openCache(CACHE);
    const { host, family } = question;
    // The lifetime is part of the key: an answer that one client may still use is too old for another.
    const options = { ttl: lifetime, context: question };
    const key = `${family} ${lifetime} ${host}`;
    const addresses = (await this.#cache.fetch(key, options)) ?? [];
    this.#keys.set(addresses, key);
    return addresses;
  }
}

async function ask({ host, family }: Question): Promise<Addresses> {
  const addresses = await dns.lookup(host, { all: true, family, order: 'verbatim' });
  if (addresses.length === 0) throw new ConnectionError('ENOTFOUND', 'the name has no address');
  return alternate(addresses);
}

const CACHE: LRUCache.Options<string, Addresses, Question> = {
  // Names.
  max: 1000,
  fetchMethod: (_key, _old, { context }) => ask(context),
  // Otherwise, callers that wait for a name get nothing if more than `max` other names push it out meanwhile.
  ignoreFetchAbort: true,
};

/**
 * Names below `localhost`, and `localhost.` with the dot at its end, are the loopback without asking anybody (RFC 6761
 * section 6.3): the system knows few of them, and would ask DNS. `localhost` itself the system is asked for: its
 * hosts file has it, and who runs the machine may have changed it there.
 */
const LOOPBACK_NAME = /^(?:[^.]+\.)+localhost\.?$|^localhost\.$/i;

/** In the order of preference of RFC 6724 section 2.1. */
const LOOPBACK: Addresses = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
];

/**
 * The system's order of preference, but the families in turn: if one of them does not work at all, the second
 * address does (RFC 8305 section 4).
 */
function alternate(addresses: readonly LookupAddress[]): LookupAddress[] {
  const preferred = addresses[0]?.family;
  const first = addresses.filter(({ family }) => family === preferred);
  const second = addresses.filter(({ family }) => family !== preferred);
  const turns = first.length > second.length ? first : second;
  return turns.flatMap((_, index) => [...first.slice(index, index + 1), ...second.slice(index, index + 1)]);
}
