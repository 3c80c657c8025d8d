/** For worker threads: tells each name that is looked up; all have the ADDRESSES, and move on with each look-up where `;` is. */
import dns from 'node:dns';
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isIPv6 } from 'node:net';

/** @import { LookupAddress, LookupOptions } from 'node:dns' */

const ADDRESSES = (process.env.ADDRESSES ?? '127.0.0.1')
  .split(';')
  .map((some) => some.split(' ').map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })));

/**
 * @param {string} name
 * @param {LookupOptions} [options]
 */
function lookUp(name, { family = 0 } = {}) {
  // Not by process.stderr, which in a worker needs the main thread.
  writeSync(2, `lookup ${name}\n`);
  const all = (ADDRESSES.length > 1 ? ADDRESSES.shift() : ADDRESSES[0]) ?? [];
  const found = all.filter((one) => !Number(family) || one.family === family);
  if (found.length > 0) return found;
  throw Object.assign(new Error(`no address of family ${family}`), { code: 'ENOTFOUND' });
}

/** @type {(name: string, options: LookupOptions, done: (error: unknown, ...found: unknown[]) => void) => void} */
function lookup(name, options, done) {
  setImmediate(() => {
    try {
      const found = lookUp(name, options);
      if (options.all) done(null, found);
      else done(null, found[0]?.address, found[0]?.family);
    } catch (error) {
      done(error);
    }
  });
}

Object.assign(dns, { lookup });
Object.assign(dns.promises, {
  /** @type {(name: string, options?: LookupOptions) => Promise<LookupAddress | LookupAddress[] | undefined>} */
  async lookup(name, options) {
    const found = lookUp(name, options);
    return options?.all ? found : found[0];
  },
});
syncBuiltinESMExports();
