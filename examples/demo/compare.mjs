import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children } from './children.mjs';
import { filesTable, table } from './table.mjs';

/** @import { LaneReport } from './lane.mjs' */

const INTERRUPTED = 130;

/**
 * The same downloads from a server on this machine, once through tickhttp and once through fetch: a few large ones, and
 * many small ones.
 * @returns {Promise<number>} the exit code
 */
export async function compare() {
  const children = new Children();
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-demo-'));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => children.stop());
  }
  try {
    const { large, small } = await runLanes(children, folder);
    console.log(`\n${table(large)}\n\n${filesTable(small, large.idle)}`);
    const faults = Object.entries({ ...large, ...small }).flatMap(([lane, { faults }]) =>
      faults.map((fault) => `${lane}: ${fault}`),
    );
    for (const fault of faults) console.error(`WRONG: ${fault}`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (children.stopped) return INTERRUPTED;
    throw error;
  } finally {
    await children.stop();
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {Children} children
 * @param {string} folder for the certificate, which Node takes from a file only
 */
async function runLanes(children, folder) {
  const server = /** @type {{ http: string, https: string, ca: string }} */ (
    await children.ask('server.mjs')
  );
  const certificate = join(folder, 'ca.pem');
  writeFileSync(certificate, server.ca);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate, NO_PROXY: '127.0.0.1' };
  /** @param {string} lane */
  const run = async (lane) =>
    /** @type {LaneReport} */ (await children.ask('lane.mjs', [lane, server.http, server.https], env));
  /** @param {string} lane */
  const runFiles = async (lane) =>
    /** @type {LaneReport} */ (await children.ask('files-lane.mjs', [lane, server.http], env));
  return {
    large: { idle: await run('idle'), tickhttp: await run('tickhttp'), fetch: await run('fetch') },
    small: {
      HTTPRequest: await runFiles('HTTPRequest'),
      'fetch by six': await runFiles('fetch by six'),
      'fetch at once': await runFiles('fetch at once'),
    },
  };
}
