/** The run that the documents are made of, in docs/performance/run.json: medians, and the least and the most. */
import { readFileSync, writeFileSync } from 'node:fs';

/** @import { BenchReport, PeerReport, Report } from '../support/types.mjs' */

export const RUN_FILE = new URL('../../docs/performance/run.json', import.meta.url);

/** @typedef {[median: number, least: number, most: number]} SavedSummary */

/**
 * @typedef {object} SavedPeer
 * @property {Record<string, SavedSummary>} summary by metric
 * @property {Record<string, number[]>} [histograms] by distribution
 */

/** @typedef {Omit<BenchReport, 'peers' | 'seconds'> & { peers: Record<string, SavedPeer> }} SavedBench */

/** @typedef {Omit<Report, 'benches'> & { benches: Record<string, SavedBench> }} SavedRun */

/** The run that is saved, as a report: without samples. */
export function readRun() {
  return fromSaved(JSON.parse(readFileSync(RUN_FILE, 'utf8')));
}

/**
 * A line for each bench, and below it one for each peer.
 * @param {Report} report
 */
export function saveRun(report) {
  const { benches, ...rest } = toSaved(report);
  const texts = Object.entries(benches).map(([name, { peers, ...bench }]) => {
    const lines = Object.entries(peers).map(([peer, saved]) => `   ${entry(peer, saved)}`);
    return `  ${entry(name, bench).slice(0, -1)},"peers":{\n${lines.join(',\n')}}}`;
  });
  const head = JSON.stringify(rest, null, 1).replace(/\n}$/, '');
  writeFileSync(RUN_FILE, `${head},\n "benches": {\n${texts.join(',\n')}\n }\n}\n`);
}

/**
 * @param {string} name
 * @param {object} value
 */
function entry(name, value) {
  return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
}

/**
 * The report, as it is read back.
 * @param {Report} report
 */
export function asSaved(report) {
  return fromSaved(toSaved(report));
}

/**
 * @param {Report} report
 * @returns {SavedRun}
 */
function toSaved({ benches, ...rest }) {
  const saved = Object.entries(benches).map(([name, { peers, seconds: _seconds, ...bench }]) => [
    name,
    { ...bench, peers: mapped(peers, savedPeer) },
  ]);
  return { ...rest, seconds: Math.round(rest.seconds), benches: Object.fromEntries(saved) };
}

/**
 * @param {PeerReport} peer
 * @returns {SavedPeer}
 */
function savedPeer({ summary, histograms }) {
  const figures = mapped(summary, ({ median, least, most }) => {
    return /** @type {SavedSummary} */ ([median, least, most].map(rounded));
  });
  return Object.keys(histograms).length > 0 ? { summary: figures, histograms } : { summary: figures };
}

/**
 * @param {SavedRun} run
 * @returns {Report}
 */
function fromSaved({ benches, ...rest }) {
  return {
    ...rest,
    benches: mapped(benches, ({ peers, ...bench }) => ({
      ...bench,
      seconds: 0,
      peers: mapped(peers, ({ summary, histograms = {} }) => ({
        samples: [],
        failures: [],
        histograms,
        summary: mapped(summary, ([median, least, most]) => ({ median, least, most, ratio: null })),
      })),
    })),
  };
}

/**
 * @template T, U
 * @param {Record<string, T>} record
 * @param {(value: T) => U} change
 * @returns {Record<string, U>}
 */
function mapped(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(4));
}
