import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, summaryOf } from '../../../shared/kinds.ts';
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

/** `file`: the file that the program names; null if it names none. Throws if the file can't be read. */
export function workerCode(file: string | null): WorkerCode {
  if (file === null && WORKER !== '') return INLINE;
  const { path, flaw } = file === null ? OWN : checkFile(file);
  if (flaw === '') return { entry: ENTRY, eval: false, file: path, copied: file !== null };
  throw new Error(`${path} ${flaw}: ${ADVICE}`);
}

/**
 * The path that a path or a `file:` URL means now: later the program's folder may be another. Throws for a URL that
 * means no file.
 */
export function pathOf(url: string): string {
  return /^file:/i.test(url) ? fileURLToPath(url) : resolve(url);
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

function checkFile(path: string): WorkerFile {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    // A sandbox may refuse the look and let the worker read. If it does not, the worker says so itself.
    if (LOST.includes(codeOf(error))) return { path, flaw: 'is missing or unreadable' };
  }
  return { path, flaw: '' };
}

/** Looked for as this module is loaded: later the caller's thread touches no file. Bundlers know this expression. */
function own(): WorkerFile {
  try {
    return checkFile(fileURLToPath(new URL('../worker/index.cjs', import.meta.url).href));
  } catch (error) {
    // In CommonJS some bundlers leave `import.meta.url` undefined, and for a page some make it a web address.
    return { path: 'the worker of tickhttp', flaw: `can't be found (${summaryOf(error)})` };
  }
}

const OWN: WorkerFile = WORKER === '' ? own() : { path: '', flaw: '' };
