import { Result } from '../../../shared/enums.ts';
import { codeOf, summaryOf } from '../../../shared/kinds.ts';
import { quoteText } from '../../../shared/quote.ts';
import { FileError } from '../../exchange/files/file-error.ts';

/** `error` is Node's, or a FileError, which is returned as it is. */
export function cantOpen(error: unknown, path: string): FileError {
  return because(error, Result.DOWNLOAD_FILE_CANT_OPEN, `${quoteText(path)} can't be opened`);
}

export function cantWrite(error: unknown, path: string): FileError {
  return because(error, Result.DOWNLOAD_FILE_WRITE_ERROR, `${quoteText(path)} can't be written`);
}

function because(error: unknown, result: Result, what: string): FileError {
  if (error instanceof FileError) return error;
  const code = codeOf(error) ?? 'UNKNOWN';
  return new FileError(result, code, `${what}: ${MEANING[code] ?? `${summaryOf(error)}.`}`);
}

/** For people: what is wrong, and what to do. */
const MEANING: Record<string, string> = {
  ENOENT: 'its folder does not exist. Create it first: tickhttp creates no folders.',
  ENOTDIR: 'a part of its path is a file, not a folder. Set another downloadFile.',
  EACCES:
    'this program may not write there. Give it the right to write to the folder, or set another downloadFile.',
  EPERM:
    'the system does not permit it. Give the program the right to write there, or set another downloadFile.',
  EROFS: 'the file system is read-only. Set a downloadFile on another one.',
  ENOSPC: 'the disk is full. Make room, or set a downloadFile on another disk.',
  EDQUOT: 'your quota of the disk is used up. Make room, or set a downloadFile on another disk.',
  EFBIG: 'it would be larger than the file system or the limits of this process allow.',
  ENAMETOOLONG: 'its name is too long: ".part.json" is added to it for a while. Set a shorter downloadFile.',
  EMFILE: 'the process has too many files open. Download fewer at once, or raise its limit.',
  ENFILE: 'the system has too many files open. Download fewer at once.',
  ELOOP: 'its symbolic links form a loop. Set another downloadFile.',
  EIO: 'the disk reports an error.',
};

/** Something else than a file is there: a folder, a device, a FIFO. */
export function notAFile(result: Result, path: string): FileError {
  const what = `${quoteText(path)} is not a regular file. It was left as it is.`;
  const message = `${what} Set another downloadFile, or remove it.`;
  return new FileError(result, 'NOT_A_FILE', message);
}

/** Somebody else has replaced the part, or has written to it. */
export function partChanged(path: string): FileError {
  const message = `${quoteText(path)} was changed by somebody else during the download. Request it again.`;
  return new FileError(Result.DOWNLOAD_FILE_WRITE_ERROR, 'PART_CHANGED', message);
}
