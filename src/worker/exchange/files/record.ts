import { propertyOf } from '../../../shared/kinds.ts';
import { isStrongETag, type Version } from './resume.ts';

/** Bytes that a record may have: what is longer is none. */
export const LONGEST_RECORD = 4096;

/** The text of `<file>.part.json`. ETags are unique for one URL only, so it names that by its SHA-256. */
export function recordText({ etag, total }: Version, urlHash: string): string {
  return `${JSON.stringify({ etag, total, url: urlHash })}\n`;
}

/** Null: it is not valid, or about another URL. Anybody may have written it. */
export function readRecord(text: string, urlHash: string): Version | null {
  const record = parse(text);
  const etag = propertyOf(record, 'etag');
  const total = propertyOf(record, 'total');
  if (propertyOf(record, 'url') !== urlHash) return null;
  if (typeof etag !== 'string' || !isStrongETag(etag)) return null;
  return typeof total === 'number' && Number.isSafeInteger(total) && total > 0 ? { etag, total } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
