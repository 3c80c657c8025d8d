import { createHash } from 'node:crypto';
import { Result } from '../../../shared/enums.ts';
import { codeOf } from '../../../shared/kinds.ts';
import type { Files, FoundPart, PartFile, PartRecord } from '../../exchange/files/files.ts';
import { LONGEST_RECORD, readRecord, recordText } from '../../exchange/files/record.ts';
import type { Found } from '../../exchange/files/resume.ts';
import { cantOpen, notAFile, partChanged } from './errors.ts';
import {
  CREATE,
  close,
  fchmod,
  fstat,
  lstat,
  OPEN_TO_READ,
  OPEN_TO_WRITE,
  open,
  read,
  remove,
  write,
} from './file-system.ts';
import { NodePart } from './node-part.ts';
import { findPlaces, type Places } from './places.ts';

/** Files of node:fs. The work is done by libuv's threads; a program has four of them. */
export class NodeFiles implements Files {
  async find(path: string, url: string): Promise<FoundPart | null> {
    try {
      const { part, record } = await findPlaces(path);
      const stats = await lstat(part);
      const size = Number(stats?.size ?? 0);
      // If the file has several names, somebody else may be using another one.
      if (!stats?.isFile() || stats.nlink > 1n || size === 0) return null;
      const version = readRecord(await textOf(record), hashOf(url));
      if (version === null || size > version.total) return null;
      const { etag, total, lastHash } = version;
      return { etag, total, size, isFrom: (lastUrl) => hashOf(withoutQuery(lastUrl)) === lastHash };
    } catch {
      return null;
    }
  }

  async begin(path: string, record: PartRecord | null): Promise<PartFile> {
    try {
      const places = await findPlaces(path);
      await remove(places.record);
      return await begin(places, record && textFor(record));
    } catch (error) {
      throw cantOpen(error, path);
    }
  }

  async resume(path: string, { size }: Found): Promise<PartFile> {
    try {
      const places = await findPlaces(path);
      const fd = await open(places.part, OPEN_TO_WRITE);
      return await unlessFailed(fd, async () => {
        const stats = await fstat(fd);
        if (!stats.isFile()) throw notAFile(Result.DOWNLOAD_FILE_CANT_OPEN, places.part);
        if (Number(stats.size) !== size) throw partChanged(places.part);
        return new NodePart(places, { fd, identity: stats, size, hasRecord: true });
      });
    } catch (error) {
      throw cantOpen(error, path);
    }
  }

  async forget(path: string): Promise<void> {
    try {
      const { record } = await findPlaces(path);
      await remove(record);
    } catch {
      // The next request finds a part that does not fit, once more.
    }
  }
}

/** Creates a part. It replaces an existing one. */
async function begin(places: Places, record: string | null): Promise<PartFile> {
  const { part, mode } = places;
  const fd = await create(part, mode ?? 0o666);
  try {
    return await unlessFailed(fd, async () => {
      // The umask of the process applies only if the download replaces no file. Some file systems have no permissions.
      if (mode !== null) await fchmod(fd, mode).catch(() => {});
      const identity = await fstat(fd);
      if (record !== null) await writeRecord(places.record, record);
      return new NodePart(places, { fd, identity, size: 0, hasRecord: record !== null });
    });
  } catch (error) {
    await remove(part).catch(() => {});
    throw error;
  }
}

async function create(part: string, mode: number): Promise<number> {
  try {
    return await open(part, CREATE, mode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const found = await lstat(part);
  if (found && !found.isFile()) throw notAFile(Result.DOWNLOAD_FILE_CANT_OPEN, part);
  await remove(part);
  return open(part, CREATE, mode);
}

async function unlessFailed<T>(fd: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await close(fd).catch(() => {});
    throw error;
  }
}

async function writeRecord(path: string, text: string): Promise<void> {
  const fd = await open(path, CREATE, 0o600);
  try {
    await write(fd, Buffer.from(text));
  } finally {
    await close(fd);
  }
}

/** The text of a record. Empty if the file can't be a record, because it is too long or not a regular file. */
async function textOf(path: string): Promise<string> {
  const fd = await open(path, OPEN_TO_READ);
  try {
    const stats = await fstat(fd);
    if (!stats.isFile() || stats.size > LONGEST_RECORD) return '';
    const { buffer, bytesRead } = await read(fd, Buffer.alloc(LONGEST_RECORD), 0, LONGEST_RECORD, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await close(fd);
  }
}

function textFor({ version, url, lastUrl }: PartRecord): string {
  return recordText(version, hashOf(url), hashOf(withoutQuery(lastUrl)));
}

/** The target of a redirect often has a query that is a temporary signature. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

function hashOf(url: string): string {
  return createHash('sha256').update(url).digest('hex');
}
