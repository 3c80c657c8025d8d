import { readFileSync } from 'node:fs';

/**
 * What the system has noted about this thread, not the process: on which thread the work is done is what
 * matters here. Milliseconds; NaN where the system does not tell.
 * @typedef {object} ThreadTimes
 * @property {number} cpu time spent running
 * @property {number} queued time spent ready to run while other threads and processes had the cores
 */

/** @returns {ThreadTimes} */
export function threadTimes() {
  const { running, queued } = schedulerStatistics();
  return { cpu: threadCpu() ?? running, queued };
}

/** Linux only. */
function schedulerStatistics() {
  try {
    const [running, queued] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return { running: Number(running) / 1e6, queued: Number(queued) / 1e6 };
  } catch {
    return { running: Number.NaN, queued: Number.NaN };
  }
}

/** Newer Nodes only, on all systems. */
function threadCpu() {
  /** @type {{ threadCpuUsage?: () => { user: number, system: number }, pid: number }} */
  const node = process;
  const usage = node.threadCpuUsage?.();
  return usage && (usage.user + usage.system) / 1000;
}
