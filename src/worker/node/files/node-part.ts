import { closeSync, lstatSync, unlinkSync } from 'node:fs';
import { Result } from '../../../shared/enums.ts';
import type { PartFile } from '../../exchange/files/files.ts';
import { cantWrite, notAFile, partChanged } from './errors.ts';
import { close, type Identity, isSame, lstat, remove, rename, write } from './file-system.ts';
import type { Places } from './places.ts';

/** A part that was opened. */
export interface OpenPart {
  readonly fd: number;
  readonly identity: Identity;
  /** Bytes that it has. */
  readonly size: number;
  readonly hasRecord: boolean;
}

export class NodePart implements PartFile {
  readonly #places: Places;
  readonly #identity: Identity;
  readonly #hasRecord: boolean;
  #fd: number | null;
  /** Where the next byte goes. */
  #at: number;
  #writing = false;

  constructor(places: Places, { fd, identity, size, hasRecord }: OpenPart) {
    this.#places = places;
    this.#fd = fd;
    this.#identity = identity;
    this.#at = size;
    this.#hasRecord = hasRecord;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const fd = this.#fd;
    if (fd === null) return;
    this.#writing = true;
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await write(fd, bytes, done, bytes.length - done, this.#at);
        done += bytesWritten;
        this.#at += bytesWritten;
      }
    } catch (error) {
      throw cantWrite(error, this.#places.part);
    } finally {
      this.#writing = false;
    }
  }

  /** Windows renames only what is closed. */
  async finish(): Promise<void> {
    const { target, part, record } = this.#places;
    try {
      await this.#close();
      const [now, replaced] = await Promise.all([lstat(part), lstat(target)]);
      if (now === null || !isSame(now, this.#identity)) throw partChanged(part);
      if (replaced && !replaced.isFile()) throw notAFile(Result.DOWNLOAD_FILE_WRITE_ERROR, target);
      await rename(part, target);
    } catch (error) {
      throw cantWrite(error, target);
    }
    // The part of this record is gone, and a record without its part means nothing.
    if (this.#hasRecord) await remove(record).catch(() => {});
  }

  async #close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) await close(fd);
  }

  async close(keep: boolean): Promise<void> {
    const { part, record } = this.#places;
    await this.#close().catch(() => {});
    if (keep) return;
    try {
      const now = await lstat(part);
      // Another download may have replaced the part.
      if (now === null || !isSame(now, this.#identity)) return;
      if (this.#hasRecord) await remove(record);
      await remove(part);
    } catch {
      // It is left behind, for the next request.
    }
  }

  endNow(keep: boolean): void {
    const fd = this.#fd;
    this.#fd = null;
    try {
      // While a write is under way the file stays open: its number could be given to another file.
      if (fd !== null && !this.#writing) closeSync(fd);
      const { part, record } = this.#places;
      if (keep || !isSame(lstatSync(part, { bigint: true }), this.#identity)) return;
      unlinkSync(part);
      if (this.#hasRecord) unlinkSync(record);
    } catch {
      // It is left behind, for the next request.
    }
  }
}
