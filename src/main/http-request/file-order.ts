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
  const range = appendToDownloadFile ? headers.findIndex((header) => /^range[\t ]*:/i.test(header)) : -1;
  if (range >= 0) return refusal('INVALID_HEADER', `customHeaders[${range}], Range, ${OWN_RANGE}`);
  return {
    path: place.absolutePath(downloadFile),
    chunkSize: downloadChunkSize,
    keepPartial: keepPartialDownload,
    append: appendToDownloadFile,
  };
}

function pathFlaw(path: string): string | null {
  if (path.includes('\0')) return 'has a NUL in it.';
  const scheme = /^(user|res|file|https?):\/\//i.exec(path)?.[1];
  if (scheme === undefined) return null;
  return `is a URL (${scheme}:), and must be the path of a file.`;
}

const OWN_RANGE = 'is what appendToDownloadFile asks for itself: leave it out.';
