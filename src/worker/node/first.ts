/**
 * Runs in each worker thread before anything else, and reports why the thread ends, even if nothing else of it can be
 * loaded or parsed. So its source text is kept on the caller's side, which starts the thread with it
 * (scripts/bundle.mjs). A preload would need a file of its own (`-r`), or 5 to 10 ms more (`--import`).
 */
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers';
import { threadId, workerData } from 'node:worker_threads';
import { EndReasons, type ThreadData } from '../../shared/end-reasons.ts';
import { codeOf, summaryOf } from '../../shared/kinds.ts';

const ADVICE = 'docs/bundlers.md of tickhttp says what a built program needs';

/** Milliseconds. The worker checks in when it is loaded, and a file that wraps it may load it a little later. */
const PATIENCE = 500;

const data: ThreadData = workerData;
const endReasons = new EndReasons(data.endReasons);
process.on('uncaughtExceptionMonitor', (error) => endReasons.write(threadId, summaryOf(error)));
process.on('exit', (code) => {
  const other =
    data.file !== null && !data.checkedIn ? ` before it loaded the worker of tickhttp; ${ADVICE}` : '';
  endReasons.write(threadId, `it exited with code ${code}${other}`);
});
if (data.file !== null) load(data.file);

function load(path: string): void {
  try {
    createRequire(path)(path);
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    // The file was removed, or a sandbox has kept the caller's side from seeing that it is missing.
    throw new Error(`${summaryOf(error)}; ${ADVICE}`);
  }
  const check = (): void => {
    if (!data.checkedIn) throw new Error(`${path} is not the worker of tickhttp; ${ADVICE}`);
  };
  // A bundle may have found some other program in the place of its worker, and that program may run for ever.
  setTimeout(check, PATIENCE).unref();
}
