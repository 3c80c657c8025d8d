import type { Found, Version } from './resume.ts';

/**
 * What a platform's file system does for downloads. A download is written to `<file>.part`, which replaces the file
 * when it is complete. The links of a path are followed: the file is the one that they lead to, and `.part` is beside
 * that. The record of a part, `<file>.part.json`, says what it is a part of.
 *
 * Promises reject with a {@link FileError}.
 */
export interface Files {
  /**
   * Finds the part of an earlier download of this URL that was broken off. Null if there is none that can be resumed.
   * It changes nothing, and never rejects.
   */
  find(path: string, url: string): Promise<FoundPart | null>;
  /** Creates an empty part, which replaces an existing one. `record`: what its record says; null for no record. */
  begin(path: string, record: PartRecord | null): Promise<PartFile>;
  /** Opens what was found: the next byte goes behind its last one. */
  resume(path: string, found: Found): Promise<PartFile>;
  /** The record is wrong: the next request starts over. Never rejects. */
  forget(path: string): Promise<void>;
}

/** The part of a download that was broken off. */
export interface FoundPart extends Found {
  /** Whether it came from this URL, behind redirects. */
  isFrom(url: string): boolean;
}

/** What a later request must know to resume a part. */
export interface PartRecord {
  readonly version: Version;
  /** The URL that was requested, and the URL that has answered. */
  readonly url: string;
  readonly lastUrl: string;
}

/** A part that is open. One call at a time, but for `endNow()`. */
export interface PartFile {
  write(bytes: Uint8Array): Promise<void>;
  /** The part is complete: it replaces the file. */
  finish(): Promise<void>;
  /** The part is not wanted any more, or has failed. `keep`: it stays for another request. Never rejects. */
  close(keep: boolean): Promise<void>;
  /** The same at once, as far as that is possible: the thread ends. */
  endNow(keep: boolean): void;
}
