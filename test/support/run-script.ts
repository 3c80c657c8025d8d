import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRELOADER = new URL('worker-preload.mjs', import.meta.url).href;

export interface RunOptions {
  args?: readonly string[];
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Node's own, before the script: `--expose-gc`. */
  nodeArgs?: readonly string[];
  /** The URL of a module that its worker threads load first. */
  workerPreload?: string;
  /** When this settles it gets a SIGINT, as with Ctrl-C. */
  interruptAfter?: Promise<unknown>;
  /** When this settles its standard input, which stays open, gets a line. Without it the input is empty. */
  enterAfter?: Promise<unknown>;
  /** After so many ms it is killed and the run fails; 20 000 unless told. */
  deadline?: number;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
}

/** Runs a script as users do: a process of its own, in the repository's root, where `tickhttp` is the built package. */
export async function runScript(script: string | URL, options: RunOptions = {}): Promise<RunResult> {
  const {
    args = [],
    env = {},
    nodeArgs = [],
    workerPreload,
    interruptAfter,
    enterAfter,
    deadline = 20_000,
  } = options;
  const path = script instanceof URL ? fileURLToPath(script) : script;
  const start = performance.now();
  const preload = workerPreload === undefined ? [] : ['--import', PRELOADER];
  const child = spawn(process.execPath, [...preload, ...nodeArgs, path, ...args], {
    cwd: ROOT,
    env: { ...process.env, WORKER_PRELOAD: workerPreload, ...env },
    stdio: 'pipe',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.on('error', () => {}); // it has ended before
  if (enterAfter) enterAfter.then(() => child.stdin.write('\n'));
  else child.stdin.end();
  interruptAfter?.finally(() => child.kill('SIGINT')).catch(() => {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
    // A process that the script left behind would hold them open.
    child.stdout.destroy();
    child.stderr.destroy();
  }, deadline);
  try {
    const [code, signal] = await once(child, 'close');
    if (late) throw new Error(`${path} still ran after ${deadline} ms\n${output.stdout}\n${output.stderr}`);
    return { code, signal, ...output, ms: performance.now() - start };
  } finally {
    clearTimeout(timer);
  }
}
