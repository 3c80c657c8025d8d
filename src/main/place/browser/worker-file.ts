/** A worker that is starting. */
export interface StartingWorker {
  readonly worker: Worker;
  /** Where it comes from, for messages. */
  readonly source: string;
  /** Is called when the worker has started, or never will. */
  release(): void;
}

/** Starts the worker of a file, which may be of another origin. */
export function startFile(url: string): StartingWorker {
  // Without what may be a secret.
  const source = `its file (${url.replace(/[?#].*/s, '').replace(/\/\/[^/]*@/, '//')})`;
  // A page may start no worker of another origin, but a worker of the page's own may import one, if CORS allows it.
  if (isElsewhere(url)) return { ...startText(`import ${JSON.stringify(url)};`, 'module'), source };
  return { worker: new Worker(url, { type: 'module', name: 'tickhttp' }), source, release() {} };
}

/**
 * Whether workers of this URL have to be started by {@link startText}. Only Chromium and Safari throw if they are not;
 * others tell later, by an event: https://github.com/whatwg/html/issues/12046
 */
export function isElsewhere(url: string): boolean {
  return /^https?:/i.test(url) && new URL(url).origin !== globalThis.origin;
}

/** Starts the worker of this source text. */
export function startText(text: string, type: WorkerType): StartingWorker {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const release = (): void => URL.revokeObjectURL(url);
  try {
    const worker = new Worker(url, { type, name: 'tickhttp' });
    return { worker, source: 'its source text', release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The URL that the option `workerUrl` means now: a relative one from the page. */
export function pathOf(url: string): string {
  return new URL(url, globalThis.location?.href).href;
}
