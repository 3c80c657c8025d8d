import type { Failure } from '../../shared/failure.ts';
import type { FileOrder } from '../../shared/messages.ts';
import { quoteText } from '../../shared/quote.ts';
import { refusal } from '../connection/failures.ts';
import { place } from '../place/here.ts';
import type { DownloadSettings } from './download-settings.ts';

/** What the worker is told about the file for the body; null if there is none. */
export function fileOrder(
  settings: DownloadSettings,
  headers: readonly string[],
): FileOrder | Failure | null {
  const { downloadFile, downloadChunkSize, keepPartialDownload, appendToDownloadFile } = settings;
  if (downloadFile === '') return null;
  const flaw = pathFlaw(downloadFile);
  if (flaw) return refusal('INVALID_FILE', `downloadFile ${flaw}`);
  const path = absolute(downloadFile);
  if (path === null) return refusal('INVALID_FILE', `downloadFile ${quoteText(downloadFile)} ${NO_FOLDER}`);
  const range = appendToDownloadFile ? headers.findIndex((header) => /^range[\t ]*:/i.test(header)) : -1;
  if (range >= 0) return refusal('INVALID_HEADER', `customHeaders[${range}], Range, ${OWN_RANGE}`);
  return {
    path,
    chunkSize: downloadChunkSize,
    keepPartial: keepPartialDownload,
    append: appendToDownloadFile,
  };
}

/** A URL may hold a user and a signature, so it is not shown. */
function pathFlaw(path: string): string | null {
  const nul = path.indexOf('\0');
  if (nul >= 0) return `has a NUL character at index ${nul}.`;
  const scheme = /^(?:(?:user|res|https?):(?=\/\/)|file:)/i.exec(path)?.[0];
  if (scheme === undefined) return null;
  return `is a URL (${scheme}), but must be the path of a file.`;
}

/** Null if the path is relative and the working directory is gone. */
function absolute(path: string): string | null {
  try {
    return place.absolutePath(path);
  } catch {
    return null;
  }
}

const NO_FOLDER = 'is relative to the working directory, which is gone. Use an absolute path.';

const OWN_RANGE = 'is added by appendToDownloadFile itself: leave it out.';
