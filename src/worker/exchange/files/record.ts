import { propertyOf } from '../../../shared/kinds.ts';
import { isStrongETag, type Version } from './resume.ts';

/** Bytes. A longer file is not a record. */
export const LONGEST_RECORD = 4096;

/**
 * The text of `<file>.part.json`. ETags are unique for one URL only. So the record contains the SHA-256 of the URL that
 * was requested, and of the URL to which redirects have led.
 */
export function recordText({ etag, total }: Version, urlHash: string, lastHash: string): string {
  return `${JSON.stringify({ etag, total, url: urlHash, last: lastHash })}\n`;
}

/** What a record says. */
export interface RecordedVersion extends Version {
  /** The hash of the URL that has answered. */
  readonly lastHash: string;
}

/** Null if the text is not a valid record, or about another URL. Anybody may have written it. */
export function readRecord(text: string, urlHash: string): RecordedVersion | null {
  const record = parse(text);
  const etag = propertyOf(record, 'etag');
  const total = propertyOf(record, 'total');
  const lastHash = propertyOf(record, 'last');
  if (propertyOf(record, 'url') !== urlHash || typeof lastHash !== 'string') return null;
  if (typeof etag !== 'string' || !isStrongETag(etag)) return null;
  const isTotal = typeof total === 'number' && Number.isSafeInteger(total) && total > 0;
  return isTotal ? { etag, total, lastHash } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
