import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, summaryOf } from '../../../shared/kinds.ts';
import { START, WORKER } from './worker-text.ts';

/** What `new Worker()` gets. */
export interface WorkerCode {
  readonly entry: string | URL;
  readonly eval: boolean;
  /** The file that the entry loads; null if the entry is the whole worker. */
  readonly file: string | null;
  /** Whether somebody has copied the file, so that it may be an old one. */
  readonly copied: boolean;
}

/**
 * Throws if the file can't be read.
 *
 * @param file The file that the program names; null if it names none.
 */
export function workerCode(file: string | null): WorkerCode {
  if (file === null && WORKER !== '') return INLINE;
  const { path, flaw } = file === null ? OWN : checkFile(file);
  if (flaw === '') return { entry: ENTRY, eval: false, file: path, copied: file !== null };
  throw new Error(`${path} ${flaw}: ${ADVICE}`);
}

/**
 * The absolute path for a path or a `file:` URL. It is taken at once, because the working directory may change. Null
 * for the URL of something else.
 */
export function pathOf(url: string): string | null {
  if (/^file:/i.test(url)) return fileURLToPath(url);
  return /^[a-z][a-z\d+.-]+:/i.test(url) ? null : resolve(url);
}

const ADVICE = 'a bundled program needs `workerUrl` or "tickhttp/inline": see docs/bundlers.md of tickhttp';

const INLINE: WorkerCode = { entry: `${START}\n${WORKER}`, eval: true, file: null, copied: false };

/** With `eval` Node would run none of a thread's own preloads (`--import`). */
const ENTRY = new URL(`data:text/javascript,${encodeURIComponent(START)}`);

interface WorkerFile {
  readonly path: string;
  /** What is wrong with the file; empty if nothing is known to be wrong. */
  readonly flaw: string;
}

const LOST: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EACCES'];

function checkFile(path: string): WorkerFile {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    // A sandbox may refuse this check and still let the worker read the file. Otherwise the worker reports the error
    // itself.
    if (LOST.includes(codeOf(error))) return { path, flaw: 'is missing or unreadable' };
  }
  return { path, flaw: '' };
}

/**
 * The file is looked for when this module is loaded: later the caller's thread touches no file. Bundlers recognise this
 * expression.
 */
function own(): WorkerFile {
  try {
    return checkFile(fileURLToPath(new URL('../worker/index.cjs', import.meta.url).href));
  } catch (error) {
    // In CommonJS some bundlers leave `import.meta.url` undefined, and for a page some turn it into a web address.
    return { path: 'the worker of tickhttp', flaw: `can't be found (${summaryOf(error)})` };
  }
}

const OWN: WorkerFile = WORKER === '' ? own() : { path: '', flaw: '' };
