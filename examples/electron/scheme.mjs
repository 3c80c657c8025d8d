/**
 * The pages come from a scheme of the program's own. Pages of `file:` can't be cross-origin isolated, because they have
 * no headers, and only an isolated page shares memory with its workers. It needs nothing of Electron's.
 */
import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For `protocol.registerSchemesAsPrivileged()`, before Electron is ready. */
export const SCHEME = {
  scheme: 'game',
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

const HERE = dirname(fileURLToPath(import.meta.url));

/** What the pages may load. Nothing else of the program can be asked for. */
const FILES = new Map(
  ['index.html', 'page.js', 'smoke.html', 'page-checks.js'].map((name) => [`/${name}`, join(HERE, name)]),
);
for (const name of ['index.js', 'worker.js'])
  FILES.set(`/tickhttp/${name}`, join(HERE, 'node_modules/tickhttp/dist/browser', name));

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };

/** The worker's file needs these headers too, or an isolated page can't start it. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * For `protocol.handle()`.
 *
 * @param {Pick<Request, 'url'>} request
 */
export async function respond({ url }) {
  const { pathname } = new URL(url);
  const file = FILES.get(pathname);
  if (file === undefined) return new Response(`${pathname} is not a file of this program`, { status: 404 });
  return new Response(await readFile(file), {
    headers: { ...ISOLATION, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' },
  });
}
