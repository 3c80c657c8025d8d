import type { Failure } from '../../shared/failure.ts';
import type { FileOrder } from '../../shared/messages.ts';
import { quoteText } from '../../shared/quote.ts';
import { refusal } from '../connection/failures.ts';
import { place } from '../place/here.ts';
import type { DownloadSettings } from './download-settings.ts';

/** What the worker is told of the file that a body goes into. Null: of none. */
export function fileOrder(
  settings: DownloadSettings,
  headers: readonly string[],
): FileOrder | Failure | null {
  const { downloadFile, downloadChunkSize, keepPartialDownload, appendToDownloadFile } = settings;
  if (downloadFile === '') return null;
  const flaw = pathFlaw(downloadFile);
  if (flaw) return refusal('INVALID_FILE', `downloadFile ${quoteText(downloadFile)} ${flaw}`);
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

function pathFlaw(path: string): string | null {
  if (path.includes('\0')) return 'has a NUL in it.';
  const scheme = /^(?:(?:user|res|https?):(?=\/\/)|file:)/i.exec(path)?.[0];
  if (scheme === undefined) return null;
  return `is a URL (${scheme}), and must be the path of a file.`;
}

/** Null: it is relative, and the working directory is gone. */
function absolute(path: string): string | null {
  try {
    return place.absolutePath(path);
  } catch {
    return null;
  }
}

const NO_FOLDER = 'is relative to the working directory, which is gone. Use an absolute path.';

const OWN_RANGE = 'is what appendToDownloadFile asks for itself: leave it out.';
