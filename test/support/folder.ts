import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdtempSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from './servers.ts';

/** A folder for the files of a test, which is gone with it. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'tickhttp-files-'));

  at(name: string): string {
    return join(this.path, name);
  }

  get names(): string[] {
    return readdirSync(this.path).sort();
  }

  bytes(name: string): Buffer {
    return readFileSync(this.at(name));
  }

  text(name: string): string {
    return this.bytes(name).toString('latin1');
  }

  /** -1: there is none. */
  sizeOf(name: string): number {
    return lstatSync(this.at(name), { throwIfNoEntry: false })?.size ?? -1;
  }

  remove(): void {
    // A worker may still delete its part, or make one.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** vitest's `test` with `servers`, and a `folder`. */
export const test = base.extend<{ folder: Folder }>({
  folder: async ({ task: _task }, use) => {
    const folder = new Folder();
    await use(folder);
    folder.remove();
  },
});

/**
 * What this process does with files from now on waits until the function is called that is returned, as on a disk that
 * hangs: opening a pipe waits for its writer, in each of libuv's threads.
 */
export function hangDisk(folder: Folder): () => void {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const pipes = Array.from({ length: threads }, (_none, index) => folder.at(`pipe${index}`));
  execFileSync('mkfifo', pipes);
  for (const pipe of pipes) open(pipe, 'r', (_error, fd) => closeSync(fd));
  return () => {
    for (const pipe of pipes) {
      closeSync(openSync(pipe, 'w'));
      rmSync(pipe);
    }
  };
}

/** Stops this thread, as a blocking caller does, until `reached`. */
export function blockUntil(reached: () => boolean, ms = 20_000): void {
  for (const end = performance.now() + ms; !reached(); Atomics.wait(NAP, 0, 0, 1))
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${reached}`);
}

const NAP = new Int32Array(new SharedArrayBuffer(4));
