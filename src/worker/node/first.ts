/**
 * Runs in each worker thread before anything else, and says why the thread ends if it does, also if nothing
 * else of it can be loaded or parsed. So its text is on the caller's side, which starts the thread with it
 * (scripts/bundle.mjs). A preload would need a file of its own (`-r`), or 5 to 10 ms more (`--import`).
 */
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers';
import { threadId, workerData } from 'node:worker_threads';
import { codeOf, wordsOf } from '../../shared/kinds.ts';
import { type Birth, LastWords } from '../../shared/last-words.ts';

const ADVICE = 'docs/bundlers.md of tickhttp tells what a built program needs';

/** Milliseconds. The worker checks in as it is loaded; a file that wraps it may load it a little later. */
const PATIENCE = 500;

const birth: Birth = workerData;
const lastWords = new LastWords(birth.words);
process.on('uncaughtExceptionMonitor', (error) => lastWords.speak(threadId, wordsOf(error)));
process.on('exit', (code) => {
  const other = birth.file !== null && !birth.known ? ` before it was the worker of tickhttp; ${ADVICE}` : '';
  lastWords.speak(threadId, `it exited with code ${code}${other}`);
});
if (birth.file !== null) load(birth.file);

function load(path: string): void {
  try {
    createRequire(path)(path);
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    // It has gone, or a sandbox has kept the caller's side from seeing that there is none.
    throw new Error(`${wordsOf(error)}; ${ADVICE}`);
  }
  const check = (): void => {
    if (!birth.known) throw new Error(`${path} is not the worker of tickhttp; ${ADVICE}`);
  };
  // A bundle may have found some other program where its worker should be, and that one may run for ever.
  setTimeout(check, PATIENCE).unref();
}
