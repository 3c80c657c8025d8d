import { VERSION } from '../../shared/version.ts';
import { sharedByCopies } from '../options/copies.ts';
import type { RequestLink } from './request-link.ts';

/** The request that uses a file. */
interface FileUse {
  readonly link: RequestLink;
  readonly id: number;
  /** False if the request was cancelled or is complete, and its thread has not released the file yet. */
  busy: boolean;
}

/**
 * The files that requests of all pools download into, by path: one request for each. After a request that was cancelled
 * or has failed, the next one for that file must go to the same thread, where it waits until the file is released.
 */
export class BusyFiles {
  readonly #uses = new Map<string, FileUse>();

  /** The link that a request for this file must go to; null if any of `links` will do. */
  linkFor(path: string, links: ReadonlySet<RequestLink>): RequestLink | null | 'in use' {
    this.#uses.get(path)?.link.drain();
    const use = this.#uses.get(path);
    if (use === undefined) return null;
    return use.busy || !links.has(use.link) ? 'in use' : use.link;
  }

  take(path: string, link: RequestLink, id: number): void {
    this.#uses.set(path, { link, id, busy: true });
  }

  isEnding(path: string, link: RequestLink, id: number): void {
    const use = this.#useOf(path, link, id);
    if (use) use.busy = false;
  }

  /** The thread of the request has released the file, or is dead. */
  release(path: string, link: RequestLink, id: number): void {
    if (this.#useOf(path, link, id)) this.#uses.delete(path);
  }

  /** The use by this request; null if another request has the path by now. */
  #useOf(path: string, link: RequestLink, id: number): FileUse | null {
    const use = this.#uses.get(path);
    return use?.link === link && use.id === id ? use : null;
  }

  get size(): number {
    return this.#uses.size;
  }
}

export const busyFiles = sharedByCopies<BusyFiles>(`files@${VERSION}`).getOrMake(() => new BusyFiles());
