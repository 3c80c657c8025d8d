/** Starts a worker. Bundlers know this expression, and bring the file along. */
export function startWorker(file: string | null): Worker {
  if (file === null)
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: NAME });
  return new Worker(file, { type: 'module', name: NAME });
}

const NAME = 'tickhttp';

/** The URL that the option `workerUrl` means now: a relative one from the page. */
export function pathOf(url: string): string {
  return new URL(url, globalThis.location?.href).href;
}
