import { runPeer } from './support/processes.mjs';

/** @import { Bench, BenchResult, Server } from './support/types.mjs' */

/**
 * Runs every peer once a round, each round in another order: what else the machine does meanwhile hits all alike.
 * @param {string} name
 * @param {Bench} bench
 * @param {{ rounds: number, server: Server, certificate: string }} options
 */
export async function runRounds(name, bench, { rounds, server, certificate }) {
  const peers = Object.keys(bench.peers);
  /** @type {BenchResult} */
  const result = Object.fromEntries(peers.map((peer) => [peer, { samples: [], failures: [] }]));
  for (let round = 1; round <= rounds; round++) {
    for (const peer of shuffled(peers)) {
      process.stderr.write(`${name}, round ${round} of ${rounds}: ${peer}\n`);
      try {
        result[peer]?.samples.push(await runPeer(name, peer, server, certificate));
      } catch (error) {
        result[peer]?.failures.push(String(error));
      }
    }
  }
  return result;
}

/** @param {readonly string[]} list */
function shuffled(list) {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
