import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, runScript } from './run-script.ts';

const DEADLINE = 30_000;

/** Runs `examples/<name>.mjs`; what it has printed, and its exit code. */
export async function runExample(name: string, args: readonly string[], options: RunOptions = {}) {
  const script = `examples/${name}.mjs`;
  const { stdout, stderr, code } = await runScript(script, { args, deadline: DEADLINE, ...options });
  return { stdout, stderr, code };
}

/** Settles when it is so, or when it is too late: then what the test expects is missing. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + DEADLINE - 1000; !isSo() && performance.now() < end; ) await sleep(10);
}
