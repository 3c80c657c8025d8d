/**
 * A server that is no part of this project, run in the foreground for the tests of a file.
 *
 * It has a fresh folder of its own, ports of 127.0.0.1 that were free, and a process group of its own, which ends
 * with `end()`, or with this process, even if that is killed: a shell waits in the group for the end of a pipe that
 * only this process holds, and then kills the group.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../support/free-ports.mjs';
import { within } from '../../support/within.ts';
import { listens } from './ports.ts';
import { findProgram } from './programs.mjs';

/** Milliseconds. All attempts together must fit into vitest's limit for a hook. */
const START_LIMIT = 20_000;
/** squid takes a second, and leaves shared memory behind if it is not given the time. */
const END_LIMIT = 15_000;
/** Another process may be faster, and take a port that was free. */
const ATTEMPTS = 3;

const WITH_LIFELINE = '(read -r _ <&3; kill -KILL 0) & exec "$@" 3<&-';

export interface Plan {
  /** As in `programs.mjs`. */
  readonly name: string;
  readonly ports: number;
  /** Writes what the program needs into `folder` and returns its arguments. Files `*.log` in it are its log. */
  prepare(folder: string, ports: readonly number[]): readonly string[];
}

export class Program {
  readonly ports: readonly number[];
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  /** Nobody of its group holds an end of a pipe any more: all have ended. */
  readonly #end: Promise<unknown>;
  readonly #told = new Map<string, number>();
  #output = '';

  private constructor(plan: Plan, path: string, ports: readonly number[]) {
    this.ports = ports;
    this.#folder = mkdtempSync(join(tmpdir(), `tickhttp-${plan.name}-`));
    // Started by root, a server may go on as a user of its own.
    chmodSync(this.#folder, 0o777);
    const command = ['-c', WITH_LIFELINE, 'sh', path, ...plan.prepare(this.#folder, ports)];
    this.#process = spawn('/bin/sh', command, {
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#process, 'exit');
    this.#end = once(this.#process, 'close');
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  /** Resolves when it listens on all its ports. */
  static async start(plan: Plan): Promise<Program> {
    const path = findProgram(plan.name);
    if (path === undefined) throw new Error(`no ${plan.name} here: see \`npm run test:real\``);
    for (let attempt = 1; ; attempt++) {
      const program = new Program(plan, path, await freePorts(plan.ports));
      try {
        await within(START_LIMIT, () => `${plan.name} listens`, program.#listening());
        return program;
      } catch (error) {
        const log = program.log();
        await program.end();
        if (attempt === ATTEMPTS) throw new Error(`${plan.name} did not start: ${error}\n${log}`);
      }
    }
  }

  /** Also the id of its process group. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('no process was started');
    return this.#process.pid;
  }

  /** All that it has said. */
  log(): string {
    return [...this.#logs().values()].join('');
  }

  /** What it has said since it was last asked for this. */
  newLog(): string {
    const logs = [...this.#logs()];
    const text = logs.map(([name, log]) => log.slice(this.#told.get(name) ?? 0)).join('');
    for (const [name, log] of logs) this.#told.set(name, log.length);
    return text;
  }

  async end(): Promise<void> {
    this.#process.kill('SIGTERM');
    await within(END_LIMIT, () => 'its end', this.#exit).catch(() => {});
    // What is left of its group: the shell at least.
    process.kill(-this.pid, 'SIGKILL');
    await within(END_LIMIT, () => 'the end of its group', this.#end);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #logs(): Map<string, string> {
    const files = readdirSync(this.#folder).filter((file) => file.endsWith('.log'));
    const logs = files.map((file) => [file, readFileSync(join(this.#folder, file), 'utf8')] as const);
    return new Map([['output', this.#output], ...logs]);
  }

  async #listening(): Promise<void> {
    while (!this.ports.every((port) => listens(this.pid, port))) {
      const end = this.#process.exitCode ?? this.#process.signalCode;
      if (end !== null) throw new Error(`it ended with ${end}`);
      await sleep(10);
    }
  }
}
