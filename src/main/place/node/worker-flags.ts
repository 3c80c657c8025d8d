/**
 * Chooses which of the program's flags its worker threads get. Node would pass on all of them. A preload (`-r`,
 * `--import`) that opens a port, or asserts that it is on the main thread, would end the worker. A preload that uses
 * tickhttp would start threads that start threads. Loaders, `--input-type` and `--inspect-brk` are about the program,
 * too. So a worker gets only the flags on these lists. They decide about the network, about what the thread may do,
 * where modules are, and which warnings are off. A flag of the whole process (`--use-openssl-ca`, `--tls-cipher-list`,
 * V8's) applies anyway.
 *
 * `nodeOptions`, the variable NODE_OPTIONS, comes first: the command line overrides it.
 */
export function workerFlags(commandLine: readonly string[], nodeOptions: string): string[] {
  return [...chosen(words(nodeOptions)), ...chosen(commandLine)];
}

/** Each also with `no-` in front. */
const SWITCHES = new Set([
  'tls-min-v1.0',
  'tls-min-v1.1',
  'tls-min-v1.2',
  'tls-min-v1.3',
  'tls-max-v1.2',
  'tls-max-v1.3',
  'trace-tls',
  'use-system-ca',
  'network-family-autoselection',
  'enable-network-family-autoselection',
  'permission',
  'permission-audit',
  'experimental-permission',
  'allow-addons',
  'allow-child-process',
  'allow-inspector',
  'allow-net',
  'allow-wasi',
  'allow-worker',
  'preserve-symlinks',
  'warnings',
  'deprecation',
]);

/** Each with a value, after `=` or as the next word. */
const SETTINGS = new Set([
  'tls-keylog',
  'dns-result-order',
  'network-family-autoselection-attempt-timeout',
  'allow-fs-read',
  'allow-fs-write',
  'disable-warning',
]);

/** Yarn's Plug'n'Play finds packages with a preload and a loader. Without them a worker would not even find its own. */
const PRELOADS = new Set(['r', 'require', 'import', 'loader', 'experimental-loader']);
const PLUG_AND_PLAY = /(?:^|[\\/])\.pnp\.(?:loader\.)?[cm]js$/;

function* chosen(flags: readonly string[]): Generator<string> {
  for (const [at, flag] of flags.entries()) {
    const [, spelling = '', inside] = FLAG.exec(flag) ?? [];
    const name = spelling.replaceAll('_', '-');
    const value = inside ?? flags[at + 1] ?? '';
    if (SWITCHES.has(name.replace(/^no-/, ''))) yield flag;
    else if (SETTINGS.has(name) || (PRELOADS.has(name) && PLUG_AND_PLAY.test(value)))
      yield `--${name === 'r' ? 'require' : name}=${value}`;
  }
}

const FLAG = /^--?([^=]+)(?:=(.*))?$/s;

/**
 * Splits NODE_OPTIONS as Node does: spaces separate words. In double quotes a space is part of the word, and so is the
 * character after a backslash.
 */
function words(nodeOptions: string): string[] {
  const found = nodeOptions.match(/(?:[^ "]|"(?:[^"\\]|\\.)*")+/gs) ?? [];
  return found.map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"/gs, (_quoted, inside: string) => inside.replace(/\\(.)/gs, '$1')),
  );
}
