import { VERSION } from '../../shared/version.ts';
import { sharedByCopies } from '../options/copies.ts';
import type { RequestLink } from './request-link.ts';

/** Who uses a file. */
interface FileUse {
  readonly link: RequestLink;
  readonly id: number;
  /** False: it was cancelled, and its thread has not let go of the file yet. */
  busy: boolean;
}

/**
 * The files that requests of all pools download into, by path: one request for each. After a cancelled one the next
 * must go to the same thread, where it waits for its turn.
 */
export class BusyFiles {
  readonly #uses = new Map<string, FileUse>();

  /** The link that a request for this file must go to, null for any of `links`. */
  linkFor(path: string, links: ReadonlySet<RequestLink>): RequestLink | null | 'in use' {
    this.#uses.get(path)?.link.drain();
    const use = this.#uses.get(path);
    if (use === undefined) return null;
    return use.busy || !links.has(use.link) ? 'in use' : use.link;
  }

  take(path: string, link: RequestLink, id: number): void {
    this.#uses.set(path, { link, id, busy: true });
  }

  cancel(path: string, id: number): void {
    const use = this.#uses.get(path);
    if (use?.id === id) use.busy = false;
  }

  /** Its thread has let go of it, or is dead. */
  release(path: string, link: RequestLink, id: number): void {
    const use = this.#uses.get(path);
    if (use?.link === link && use.id === id) this.#uses.delete(path);
  }

  get size(): number {
    return this.#uses.size;
  }
}

export const busyFiles = sharedByCopies<BusyFiles>(`files@${VERSION}`).getOrMake(() => new BusyFiles());
