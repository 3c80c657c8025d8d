/** One character for a lateness below each of these, in milliseconds; a higher one is the last. */
const STEPS = [1, 2, 4, 8, 16, 32, 64];
const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * Lateness over time, each character the worst of some neighbouring frames.
 * @param {readonly number[]} lateness
 * @param {number} width characters
 */
export function sparkline(lateness, width) {
  const frames = Math.max(1, Math.ceil(lateness.length / width));
  let line = '';
  for (let from = 0; from < lateness.length; from += frames) {
    const worst = Math.max(...lateness.slice(from, from + frames));
    const level = STEPS.findIndex((step) => worst < step);
    line += LEVELS.at(level);
  }
  return line;
}

/**
 * @param {number} part 0 to 1
 * @param {number} width
 */
export function bar(part, width) {
  const full = Math.round(Math.min(1, part) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** @param {number} milliseconds */
export function ms(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** @param {readonly number[]} lateness */
export function summarize(lateness) {
  const sorted = lateness.toSorted((a, b) => a - b);
  return {
    due: lateness.length,
    late: lateness.filter((late) => late > 1).length,
    worst: sorted.at(-1) ?? 0,
    p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0,
  };
}
