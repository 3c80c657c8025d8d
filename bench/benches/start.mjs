import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** @import { Bench, Peer } from '../support/types.mjs' */

const SIZE = 11;
const PROGRAM = fileURLToPath(new URL('../peers/first-body.mjs', import.meta.url));
const run = promisify(execFile);

/** @type {Bench} */
export const bench = {
  title: 'from the import of the client to the first body, of 11 bytes, in a new process',
  warmUp: 'none',
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
    { name: 'import', label: 'of that the import, ms', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, ms', better: 'less' },
  ],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured('tickhttp'),
    undici: measured('undici'),
    fetch: measured('fetch'),
    'node:http': measured('node:http'),
    'plain socket': measured('plain socket'),
  },
};

/**
 * A process of its own even here: the flags of the harness would have Node refuse its own compiled code, which takes
 * longer than a whole start.
 * @param {string} client
 * @returns {Peer}
 */
function measured(client) {
  return async ({ http }) => {
    const { stdout } = await run(process.execPath, [PROGRAM, client, `${http}/bytes/${SIZE}`]);
    const { length, sample } = JSON.parse(stdout);
    if (length !== SIZE) throw new Error(`${length} bytes came, not ${SIZE}`);
    return sample;
  };
}
