import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { fillPattern } from '../../support/pattern.mjs';

const DIST = fileURLToPath(new URL('../../../dist/browser/', import.meta.url));
const HELPERS = new URL('helpers.mjs', import.meta.url);

/** Without both a page is not cross-origin isolated, and shares no memory with its workers. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export type Exchange = { request: IncomingMessage; response: ServerResponse; argument: string; site: Site };
export type Route = (exchange: Exchange) => unknown;

/** A server of a page, its files, and what the page asks for. */
export class Site {
  readonly #isolated: boolean;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  /** Method and path of each request for something else than a file of the page, in order. */
  readonly asked: string[] = [];
  /** Requests that ended before their response did. */
  aborted = 0;
  /** Routes of a fixture, by their first segment. They are in no list. */
  readonly routes: Record<string, Route> = {};
  #port = 0;

  constructor(isolated: boolean) {
    this.#isolated = isolated;
  }

  async open(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address ? address.port : 0;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  url(path = ''): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, route = '', argument = ''] = /^\/([^/?]*)\/?([^?]*)/.exec(request.url ?? '') ?? [];
    const { searchParams } = new URL(request.url ?? '', this.url());
    if (this.#isolated && !searchParams.has('bare'))
      for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    if (request.url?.includes('cors')) allow(request, response);
    const policy = searchParams.get('csp');
    if (policy !== null) response.setHeader('Content-Security-Policy', policy);
    const file = FILES[route];
    if (file) {
      response.setHeader('Content-Type', file.type);
      response.end(file.text(argument));
      return;
    }
    const exchange = { request, response, argument, site: this };
    const own = this.routes[route];
    if (own) {
      own(exchange);
      return;
    }
    this.asked.push(`${request.method} ${request.url}`);
    response.on('close', () => {
      if (!response.writableFinished) this.aborted += 1;
    });
    const act = ROUTES[route];
    if (act) act(exchange);
    else response.writeHead(404).end();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** `?cors` in a URL: any page may read the response. `?cors=credentials`: also one that sends cookies. */
function allow({ url, headers }: IncomingMessage, response: ServerResponse): void {
  const withCredentials = url?.includes('?cors=credentials');
  response.setHeader('Access-Control-Allow-Origin', withCredentials ? (headers.origin ?? '') : '*');
  if (withCredentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
}

const PAGE = new URL('../../../docs/browser.md', import.meta.url);

const htmlOf = (page: string): string => /```html\n(.*?)```/s.exec(page)?.[1] ?? '';

const SCRIPT = 'text/javascript';

/** A worker that does what a page says on the channel `deeds`, where it says that it has heard. */
const SABOTAGE = `
import '/lib/worker.js';
const deeds = {
  throw: () => setTimeout(() => { throw new Error('sabotage'); }),
  reject: () => Promise.reject(new Error('sabotage')),
  close: () => close(),
  hang: () => { for (;;); },
};
const channel = new BroadcastChannel('deeds');
channel.onmessage = ({ data }) => {
  if (!(data in deeds)) return;
  channel.postMessage('heard');
  deeds[data]();
};
`;

const FILES: Record<string, { type: string; text: (argument: string) => string | Buffer }> = {
  page: {
    type: 'text/html',
    text: () => '<!doctype html><title>A page</title><link rel="icon" href="data:,">',
  },
  lib: { type: SCRIPT, text: (name) => readFileSync(DIST + name) },
  // For pages of other origins.
  'cors-lib': { type: SCRIPT, text: (name) => readFileSync(DIST + name) },
  // No worker is beside it.
  alone: { type: SCRIPT, text: () => readFileSync(`${DIST}inline.js`) },
  // What docs/browser.md shows.
  documented: { type: 'text/html', text: () => htmlOf(readFileSync(PAGE, 'utf8')) },
  tickhttp: { type: SCRIPT, text: (name) => readFileSync(DIST + name) },
  helpers: { type: SCRIPT, text: () => readFileSync(HELPERS) },
  'cors-page': { type: 'text/html', text: () => '<!doctype html>' },
  sabotage: { type: SCRIPT, text: () => SABOTAGE },
  wrong: { type: SCRIPT, text: () => 'postMessage("hello")' },
};

const ROUTES: Record<string, Route> = {
  bytes: ({ response, argument }) => {
    const bytes = Buffer.alloc(Number(argument));
    fillPattern(bytes, 0);
    response.end(bytes);
  },
  'level-7.bin': ({ response }) => response.end('level'),
  status: ({ response, argument }) => response.writeHead(Number(argument)).end(),
  echo: async ({ request, response }) => {
    const body = await buffer(request);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ method: request.method, headers: request.headers, length: body.length }));
  },
  // The page's origin and the other one have the same host, so they share their cookies (RFC 6265 section 8.5).
  login: ({ response }) => response.setHeader('Set-Cookie', 'user=me').end(),
  cached: ({ response, argument }) => response.setHeader('Cache-Control', `max-age=${argument}`).end('x'),
  redirect: ({ response, argument }) => response.writeHead(302, { Location: `/${argument}` }).end(),
  hang: () => {},
  begin: ({ response }) => response.write('some'),
  silent: ({ response }) => response.flushHeaders(),
  truncated: ({ response }) => {
    response.writeHead(200, { 'Content-Length': 10 });
    response.write('01234', () => response.socket?.destroySoon());
  },
};
