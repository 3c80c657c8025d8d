/**
 * Runs in each worker thread before anything else, and says why the thread ends if it does, also if nothing
 * else of it can be loaded. It is preloaded with `-r`, so it is a file of its own, in CommonJS
 * (scripts/bundle.mjs): `--import` would need no file, but costs a start 5 to 10 ms on Node 20 and 22, and a
 * file takes no time that can be measured.
 */
import { threadId, workerData } from 'node:worker_threads';
import { wordsOf } from '../shared/kinds.ts';
import { LastWords } from '../shared/last-words.ts';

const shared: SharedArrayBuffer = workerData;
const lastWords = new LastWords(shared);
process.on('uncaughtExceptionMonitor', (error) => lastWords.speak(threadId, wordsOf(error)));
process.on('exit', (code) => lastWords.speak(threadId, `it exited with code ${code}`));
