/** Programs of the examples whose output is shown in the README. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the README calls the folder. */
const FOLDER = '/tmp/assets';

/** Milliseconds. A run takes some 20 seconds; one that hangs must not be waited for. */
const LIMIT = 120_000;

/** Lines that the asset loader has written when it is stopped: one a second, after the first. */
const LINES_TO_STOP = 3;

/** The first table of the demo. */
export async function runDemo() {
  const lines = await linesOf('demo', []);
  const begin = lines.findIndex((line) => /^ +no downloads +tickhttp +fetch$/.test(line));
  const end = lines.findIndex((line, index) => index > begin && line.startsWith('A frame is due'));
  if (begin < 0 || end < 0) throw new Error('the demo has no table of downloads');
  return lines.slice(begin, end);
}

/** The asset loader, stopped by Ctrl-C, and started again. */
export async function runAssetLoader() {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-bench-'));
  try {
    const stopped = await linesOf('asset-loader', [folder], LINES_TO_STOP);
    const complete = await linesOf('asset-loader', [folder]);
    return [stopped, complete].flatMap((lines) => [
      `$ node examples/asset-loader/main.mjs ${FOLDER}`,
      // In a terminal the line of progress is one that is written over.
      ...lines
        .filter((line, index) => !/^[█░]/.test(line) || !/^[█░]/.test(lines[index + 1] ?? ''))
        .map((line) => line.replace(folder, FOLDER)),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What a program has written to a pipe.
 * @param {string} example
 * @param {readonly string[]} args
 * @param {number} [stopAfter] lines; the program is interrupted then
 * @returns {Promise<string[]>}
 */
function linesOf(example, args, stopAfter = Number.POSITIVE_INFINITY) {
  const program = fileURLToPath(new URL(`../../examples/${example}/main.mjs`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    const before = text.split('\n').length;
    text += part;
    if (before <= stopAfter && text.split('\n').length > stopAfter) child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      // 130: it was interrupted, and has said so.
      if (code === 0 || code === 130) resolve(text.trimEnd().split('\n'));
      else reject(new Error(`examples/${example} has ended with ${signal ?? code}`));
    });
  });
}
