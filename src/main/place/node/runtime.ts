/** The part of `process` that says what runs here. `type` is Electron's. */
export interface Runtime {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly type?: string;
}

/**
 * `process.type` in a renderer: in a page or a preload script, in a web worker, in a service worker.
 * https://www.electronjs.org/docs/latest/api/process#processtype-readonly
 */
const RENDERER: readonly unknown[] = ['renderer', 'worker', 'service-worker'];

/** Throws where threads would not start, or would read wrong bytes. */
export function requireFitRuntime({ versions, type }: Runtime): void {
  // ERR_MISSING_PLATFORM_FOR_WORKER, in all versions: https://github.com/electron/electron/issues/18540
  if (RENDERER.includes(type))
    throw new Error(
      "an Electron renderer can't start Node's worker threads: use tickhttp in the main process or in a " +
        'utilityProcess. A page may import "tickhttp/browser" ' +
        '(docs/electron.md)',
    );
  // The sockets of an older Bun never ask `onread` for a buffer, and deliver more at once than there is room for.
  const [major = 0, minor = 0] = (versions.bun ?? '').split('.').map(Number);
  if (versions.bun !== undefined && (major < 1 || (major === 1 && minor < 4)))
    throw new Error(
      `this is Bun ${versions.bun}, whose sockets can't be read safely: update it to 1.4 or later`,
    );
}
