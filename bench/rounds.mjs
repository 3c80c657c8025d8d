import { PeerProcess } from './support/processes.mjs';
import { count, EDGES, summarize } from './support/statistics.mjs';

/** @import { Bench, BenchReport, PeerReport, Sample, Server } from './support/types.mjs' */

/**
 * Runs every peer once a round, each round in another order: what else the machine does meanwhile hits all alike.
 * @param {string} name
 * @param {Bench} bench
 * @param {{ rounds: number, server: Server }} options
 * @returns {Promise<BenchReport>}
 */
export async function runRounds(name, bench, { rounds, server }) {
  const start = performance.now();
  const { title, warmUp, metrics, distributions = [], reference = null } = bench;
  const runners = Object.keys(bench.peers).map((peer) => ({
    peer,
    child: new PeerProcess(name, peer, server),
    report: emptyReport(bench),
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const { peer, child, report } of shuffled(runners)) {
      process.stderr.write(`${name}, round ${round} of ${rounds}: ${peer}\n`);
      try {
        add(report, bench, await child.measure());
      } catch (error) {
        report.failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  for (const runner of runners) runner.child.stop();
  const peers = Object.fromEntries(runners.map(({ peer, report }) => [peer, report]));
  const seconds = (performance.now() - start) / 1000;
  const report = { title, warmUp, metrics, distributions, reference, seconds, peers };
  summarize(report);
  return report;
}

/**
 * @param {Bench} bench
 * @returns {PeerReport}
 */
function emptyReport({ distributions = [] }) {
  const histograms = Object.fromEntries(
    distributions.map(({ name }) => [name, Array.from({ length: EDGES.length + 1 }, () => 0)]),
  );
  return { samples: [], summary: {}, histograms, failures: [] };
}

/**
 * Throws if the peer has not measured what the bench says.
 * @param {PeerReport} report
 * @param {Bench} bench
 * @param {Sample} sample
 */
function add(report, { metrics, distributions = [] }, sample) {
  const numbers = metrics.map(({ name }) => {
    const value = sample[name];
    if (typeof value !== 'number' || Number.isNaN(value)) throw new Error(`no "${name}" was measured`);
    return [name, value];
  });
  for (const { name } of distributions) {
    const values = sample[name];
    if (!Array.isArray(values)) throw new Error(`no "${name}" was measured`);
    count(report.histograms[name] ?? [], values);
  }
  report.samples.push(Object.fromEntries(numbers));
}

/**
 * @template T
 * @param {readonly T[]} list
 */
function shuffled(list) {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
