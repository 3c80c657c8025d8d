import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, wordsOf } from '../shared/kinds.ts';
import { START, WORKER } from './worker-text.ts';

/** What `new Worker()` gets. */
export interface WorkerCode {
  readonly entry: string | URL;
  readonly eval: boolean;
  /** Is loaded by the entry; null if that is the whole worker. */
  readonly file: string | null;
  /** Somebody has copied the file: it may be an old one. */
  readonly copied: boolean;
}

/** `url`: what the program says; null if it says nothing. Throws if the file can't be read. */
export function workerCode(url: string | null): WorkerCode {
  if (url === null && WORKER !== '') return INLINE;
  const { path, flaw } = url === null ? OWN : look(url);
  if (flaw === '') return { entry: ENTRY, eval: false, file: path, copied: url !== null };
  throw new Error(`${path} ${flaw}: ${ADVICE}`);
}

const ADVICE =
  'a program that is built needs `workerUrl`, or "tickhttp/inline"; docs/bundlers.md of tickhttp tells how';

const INLINE: WorkerCode = { entry: `${START}\n${WORKER}`, eval: true, file: null, copied: false };

/** With `eval` Node would run none of a thread's own preloads (`--import`). */
const ENTRY = new URL(`data:text/javascript,${encodeURIComponent(START)}`);

interface WorkerFile {
  readonly path: string;
  /** What is wrong with it; empty if nothing is known to be. */
  readonly flaw: string;
}

const LOST: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EACCES'];

function look(url: string): WorkerFile {
  const path = url.startsWith('file:') ? fileURLToPath(url) : resolve(url);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    // A sandbox may refuse the look and let the worker read. If it does not, the worker says so itself.
    if (LOST.includes(codeOf(error))) return { path, flaw: 'is missing or unreadable' };
  }
  return { path, flaw: '' };
}

/** Looked at as this is loaded: later the caller's thread touches no file. The expression is one that bundlers know. */
function own(): WorkerFile {
  try {
    return look(new URL('../worker/index.cjs', import.meta.url).href);
  } catch (error) {
    // In CommonJS some bundlers leave `import.meta.url` undefined.
    return { path: 'the worker of tickhttp', flaw: `can't be found (${wordsOf(error)})` };
  }
}

const OWN: WorkerFile = WORKER === '' ? own() : { path: '', flaw: '' };
