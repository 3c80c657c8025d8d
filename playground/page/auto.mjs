import { WorkerPool } from 'tickhttp';
import { measureIdle } from './idle.mjs';

/** @import { Plan, Report, Row, What } from './types.mjs' */

/**
 * Does what `?auto=` says, as JSON, and sends the server what came of it.
 * @param {Plan} plan
 * @param {(what: What) => Promise<Row>} run
 */
export async function follow({ runs = [], idle = false }, run) {
  /** @type {Report} */
  const report = { mode: WorkerPool.default.mode, rows: [], idle: {}, failure: null };
  try {
    for (const what of runs) report.rows.push(await run(what));
    if (idle) report.idle = await measureIdle();
  } catch (error) {
    report.failure = String(error);
  }
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
}
