/** What a page says first to a worker that it has made. After that it sends tickets (messages.ts). */
export interface ToPageWorker {
  /** No other worker of this thread has the same. */
  readonly threadId: number;
  /** Of tickhttp. The worker must have the same. */
  readonly version: string;
}

/** What a worker says to the page that has made it. */
export interface FromPageWorker {
  readonly started?: true;
  /** Why it ends. */
  readonly ended?: string;
}
