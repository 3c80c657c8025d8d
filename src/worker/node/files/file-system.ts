import fs, { constants } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../../../shared/kinds.ts';

/**
 * The functions of node:fs for downloads, as promises. Files are numbers, not FileHandles, because a thread may end.
 */
export const open = promisify(fs.open);
export const close = promisify(fs.close);
export const read = promisify(fs.read);
export const write = promisify(fs.write);
export const fchmod = promisify(fs.fchmod);
export const rename = promisify(fs.rename);
export const unlink = promisify(fs.unlink);
export const readlink = promisify(fs.readlink);
const lstatNow = promisify(fs.lstat);
const fstatNow = promisify(fs.fstat);

/** Inodes have 64 bits. */
export const fstat = (fd: number): Promise<fs.BigIntStats> => fstatNow(fd, { bigint: true });

/** Null: there is nothing at that path. It follows no link. */
export async function lstat(path: string): Promise<fs.BigIntStats | null> {
  return orNull(lstatNow(path, { bigint: true }));
}

/** It may be missing already. */
export async function remove(path: string): Promise<void> {
  await orNull(unlink(path));
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Windows has neither flag. Without O_NONBLOCK a FIFO would block a thread of libuv until somebody writes to it. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Follows no link at the end of a path, and waits for nobody. */
export const OPEN_TO_READ = constants.O_RDONLY | CAREFULLY;
export const OPEN_TO_WRITE = constants.O_WRONLY | CAREFULLY;
/** Fails if there is anything at the path. */
export const CREATE = OPEN_TO_WRITE | constants.O_CREAT | constants.O_EXCL;

/** Identifies an open file, whatever happens to its name. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
