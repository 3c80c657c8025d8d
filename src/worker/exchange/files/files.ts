import type { Found, Version } from './resume.ts';

/**
 * What a platform's file system does for downloads. A download is written to `<file>.part`, which takes the place of
 * the file when it is complete. The file is the one that a path leads to: its links are followed, and `.part` lies
 * beside where they lead. What belongs to a part stands in `<file>.part.json`, its record.
 *
 * Promises reject with a {@link FileError}.
 */
export interface Files {
  /**
   * What there is of a download of this URL that was broken off. Null: nothing that can be gone on with. It changes
   * nothing, and never rejects.
   */
  find(path: string, url: string): Promise<FoundPart | null>;
  /** An empty part, in the place of one that there is. `record`: what is remembered of it; null: nothing. */
  begin(path: string, record: PartRecord | null): Promise<PartFile>;
  /** Opens what was found: the next byte goes behind its last one. */
  resume(path: string, found: Found): Promise<PartFile>;
  /** The record is wrong: the next request starts over. Never rejects. */
  forget(path: string): Promise<void>;
}

/** What was found of a download that was broken off. */
export interface FoundPart extends Found {
  /** Whether it came from this URL, behind redirects. */
  isFrom(url: string): boolean;
}

/** What another request must know to go on with a part. */
export interface PartRecord {
  readonly version: Version;
  /** The URL that was requested, and that which has answered. */
  readonly url: string;
  readonly lastUrl: string;
}

/** A part that is open. One call at a time, but for `endNow()`. */
export interface PartFile {
  write(bytes: Uint8Array): Promise<void>;
  /** It is complete, and takes the place of the file. */
  finish(): Promise<void>;
  /** It is not wanted, or has failed. `keep`: it stays, for another request. Never rejects. */
  close(keep: boolean): Promise<void>;
  /** The same at once, as far as that is possible: the thread ends. */
  endNow(keep: boolean): void;
}
