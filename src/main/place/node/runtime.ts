/**
 * What is looked at of `process`. `type` is Electron's:
 * https://www.electronjs.org/docs/latest/api/process#processtype-readonly
 */
export interface Runtime {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly type?: string;
}

/** Throws where threads would not start, or what they read would be wrong. */
export function requireFitRuntime({ versions, type }: Runtime): void {
  // ERR_MISSING_PLATFORM_FOR_WORKER, in all versions: https://github.com/electron/electron/issues/18540
  if (type === 'renderer')
    throw new Error(
      'a renderer of Electron has no worker threads of Node: use tickhttp in the main process or in a ' +
        'utilityProcess; in a page only a browser build can run, which this version does not have yet ' +
        '(docs/electron.md)',
    );
  // Its sockets never ask `onread` for a buffer, and bring more at once than there is room for.
  const [major = 0, minor = 0] = (versions.bun ?? '').split('.').map(Number);
  if (versions.bun !== undefined && (major < 1 || (major === 1 && minor < 4)))
    throw new Error(
      `this is Bun ${versions.bun}, whose sockets can't be read safely: update it to 1.4 or later`,
    );
}
