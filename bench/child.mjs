/**
 * The process of one peer:
 *
 *     node --expose-gc child.mjs <bench> <peer> <server as JSON>
 */
import { loadBench } from './benches.mjs';

/** @import { Run } from './support/types.mjs' */

process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  console.error(error);
  process.send?.({ failure: error.message }, () => process.exit(1));
});

const [name = '', peer = '', server = ''] = process.argv.slice(2);
const { peers } = await loadBench(name);
const start = peers[peer];
if (!start) throw new Error(`the bench ${name} has no peer "${peer}"`);
const made = await start(JSON.parse(server));
if (typeof made === 'function') {
  process.on('message', () => measure(made));
  await measure(made);
} else {
  process.send?.({ sample: made, goesOn: false }, () => process.exit());
}

/** @param {Run} run */
async function measure(run) {
  // What the last time left must not be cleared away in this one.
  globalThis.gc?.();
  process.send?.({ sample: await run(), goesOn: true });
}
