/**
 * The package as users get it: packed, and installed into an empty project. For the scripts that try it there.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Milliseconds. npm waits for its registry, the programs only for this process. */
export const PATIENCE = { npm: 300_000, program: 20_000, tool: 60_000 };

/** A folder that goes when this process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-packed-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  return folder;
}

/**
 * Says a line for it. What it throws is said too, and thrown.
 *
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} run
 */
export async function check(what, run) {
  try {
    const result = await run();
    console.log(`ok    ${what}`);
    return result;
  } catch (error) {
    console.log(`FAIL  ${what}: ${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

/** @param {string} temporary */
export async function pack(temporary) {
  const folder = join(temporary, 'packed');
  mkdirSync(folder);
  await npm(['pack', '--pack-destination', folder], ROOT);
  const [tarball, ...others] = readdirSync(folder);
  assert(tarball !== undefined && others.length === 0, 'npm pack makes one file');
  return join(folder, tarball);
}

/**
 * @param {string} project
 * @param {readonly string[]} packages
 */
export async function install(project, packages) {
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module' }),
  );
  await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], project);
}

/**
 * @param {string[]} args
 * @param {string} cwd
 */
export function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  assert(cli !== undefined, 'start it with `npm run`');
  return run(process.execPath, [cli, ...args], cwd, PATIENCE.npm);
}

/**
 * Fails unless the command ends with status 0 in time; the reason has all that it said.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {number} timeout
 * @param {Record<string, string>} [env] added to this process's environment
 */
export async function run(command, args, cwd, timeout, env = {}) {
  const child = spawn(command, args, {
    cwd,
    timeout,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const [code, signal] = await once(child, 'close');
  const end = signal === null ? `ended with status ${code}` : `did not end within ${timeout} ms`;
  assert(code === 0, `it ${end}\n${output.stdout}${output.stderr}`);
  return output.stdout;
}
