import { wrapped } from './tables.mjs';

/** @import { Report } from '../support/types.mjs' */

/**
 * Where and when the run was, as a sentence.
 * @param {Report} run
 */
export function machine({ date, machine, versions, software, rounds, seconds, load }) {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return wrapped(
    [
      `${date}: ${machine}. ${programs.join(', ')}.`,
      `The server of bodies with a length is ${software === 'node' ? 'ours, in Node' : software}.`,
      `${rounds} rounds, ${Math.round(seconds / 60)} minutes.`,
      `The load average was ${load.join(' before, ')} after; the run itself makes some 2.`,
    ].join(' '),
  );
}

/**
 * The first table of `npm run demo`, without the time that its loops have stood in the queue for a core.
 * @param {Report} run
 */
export function demo({ programs }) {
  const rule = /^─+$/;
  const parts = programs.demo.join('\n').split(/\n(?=─+\n)/);
  const kept = parts.filter((part) => !part.includes('queued for a core'));
  const lines = kept.join('\n').split('\n');
  const last = lines.findLastIndex((line) => rule.test(line));
  return fenced(lines.slice(0, last + 1));
}

/**
 * @param {Report} run
 */
export function downloadExample({ programs }) {
  return fenced(programs.assetLoader);
}

/** @param {readonly string[]} lines */
function fenced(lines) {
  return ['```', ...lines, '```'];
}
