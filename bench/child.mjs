/**
 * One run of one peer, in a process of its own so that none inherits another's heap, warmth or threads:
 *
 *     node --expose-gc child.mjs <bench> <peer> <server as JSON>
 */
import { loadBench } from './benches.mjs';

process.on('disconnect', () => process.exit());

const [name = '', peer = '', server = ''] = process.argv.slice(2);
const { peers } = await loadBench(name);
const run = peers[peer];
if (!run) throw new Error(`the bench ${name} has no peer "${peer}"`);
const sample = await run(JSON.parse(server));
process.send?.(sample, () => process.exit());
