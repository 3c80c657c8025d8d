import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

/** A page with these is cross-origin isolated, and shares memory with its workers. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Starts a server of the files of a folder, and of nothing else. It lives as long as this process. Returns its URL.
 *
 * @param {string} folder
 * @param {Record<string, string>} headers of each response
 */
export async function serveFolder(folder, headers) {
  const server = createServer(async ({ url = '' }, response) => {
    // URL leaves no `..` in a path.
    const { pathname } = new URL(url, 'http://127.0.0.1');
    const path = pathname === '/' ? '/index.html' : pathname;
    try {
      const content = await readFile(join(folder, path));
      response.writeHead(200, {
        ...headers,
        'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      });
      response.end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await once(server.listen(0, '127.0.0.1').unref(), 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** @type {Readonly<Record<string, string>>} */
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
