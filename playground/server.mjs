import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { sendForever } from './endless.mjs';

/** @import { IncomingMessage, Server, ServerResponse } from 'node:http' */
/** @import { Report, Row } from './page/types.mjs' */

/** Without both a page is not cross-origin isolated, and shares no memory with its workers. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/browser/', import.meta.url));

/** Where the files of the page are, by the beginning of their path. */
const FOLDERS = /** @type {const} */ ([
  [/^\/style\/([a-z]+\.css)$/, `${HERE}style/`],
  [/^\/page\/([a-z-]+\.mjs)$/, `${HERE}page/`],
  [/^\/tickhttp\/((?:index|worker)\.js)$/, DIST],
]);

/** @type {Readonly<Record<string, string>>} */
const TYPES = { css: 'text/css', js: 'text/javascript', mjs: 'text/javascript', html: 'text/html' };

/**
 * @typedef {object} Playground
 * @property {string} isolated the URL of the page that shares memory with its workers
 * @property {string} plain the URL of the page that does not
 * @property {() => Promise<Report>} report the next that a page with `?auto=` sends
 * @property {() => void} close
 */

/** Older rows are forgotten. */
const MOST_ROWS = 24;

/** What pages have sent. */
class Posted extends EventEmitter {
  /** Both pages show all of them. */
  rows = /** @type {Row[]} */ ([]);
}

/**
 * Serves the page twice, on 127.0.0.1: on `port` and the next, or on free ports (0).
 * @param {number} [port]
 * @returns {Promise<Playground>}
 */
export async function openPlayground(port = 0) {
  const posted = new Posted();
  const urls = { isolated: '', plain: '' };
  const serverOf = (/** @type {Readonly<Record<string, string>>} */ headers) =>
    createServer((request, response) => {
      act({ request, response, posted, headers, urls }).catch(() => response.destroy());
    });
  const servers = { isolated: serverOf(ISOLATION), plain: serverOf({}) };
  urls.isolated = await listen(servers.isolated, port);
  urls.plain = await listen(servers.plain, port === 0 ? 0 : port + 1);
  return {
    ...urls,
    report: async () => (await once(posted, 'report'))[0],
    close() {
      for (const server of Object.values(servers)) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/**
 * @typedef {object} Exchange
 * @property {IncomingMessage} request
 * @property {ServerResponse} response
 * @property {Posted} posted
 * @property {Readonly<Record<string, string>>} headers of each response
 * @property {{ readonly isolated: string, readonly plain: string }} urls of the pages
 */

/** @param {Exchange} exchange */
async function act({ request, response, posted, headers, urls }) {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, rate] = /^\/endless\/(\d{1,6})$/.exec(pathname) ?? [];
  if (rate !== undefined) return await sendForever(response, Number(rate));
  if (pathname === '/never') return;
  if (pathname === '/pages') return sendJSON(response, urls);
  if (pathname === '/results' || pathname === '/report') return await take(request, response, posted);
  await sendFile(response, pathname);
}

/**
 * @param {ServerResponse} response
 * @param {unknown} value
 */
function sendJSON(response, value) {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 */
function refuse(response, status) {
  response.writeHead(status).end();
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {Posted} posted
 */
async function take(request, response, posted) {
  const { method, url, headers } = request;
  // Any site can send requests here, but not with the page's own origin.
  const own = headers.origin === `http://${headers.host}`;
  if (method !== 'GET' && !own) return refuse(response, 403);
  const value = method === 'POST' ? JSON.parse((await buffer(request)).toString()) : null;
  if (value !== null && url === '/report') posted.emit('report', value);
  else if (value !== null) posted.rows = [...posted.rows, value].slice(-MOST_ROWS);
  else if (method === 'DELETE') posted.rows = [];
  sendJSON(response, posted.rows);
}

/**
 * @param {ServerResponse} response
 * @param {string} pathname
 */
async function sendFile(response, pathname) {
  const file = fileOf(pathname);
  const text = file === null ? null : await readFile(file);
  if (file === null || text === null) return refuse(response, 404);
  response.setHeader('Content-Type', TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream');
  response.end(text);
}

/** @param {string} pathname */
function fileOf(pathname) {
  if (pathname === '/') return `${HERE}index.html`;
  for (const [pattern, folder] of FOLDERS) {
    const [, name] = pattern.exec(pathname) ?? [];
    if (name !== undefined) return folder + name;
  }
  return null;
}

/**
 * @param {Server} server
 * @param {number} port
 */
async function listen(server, port) {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return `http://127.0.0.1:${address.port}/`;
}
