import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished } from 'vitest';
import { test as base } from '../support/package-copy.ts';
import { type RunResult, runScript } from '../support/run-script.ts';

const PAGE = readFileSync(new URL('../../docs/http-request.md', import.meta.url), 'utf8');

/** The programs of the page, by heading. */
const PROGRAMS = new Map(
  PAGE.split('\n## ').map((section) => {
    const [heading = ''] = section.split('\n');
    return [heading, Array.from(section.matchAll(/```js\n(.*?)```/gs), ([, code = '']) => code)] as const;
  }),
);

interface Site {
  /** What it was asked, and with which body. */
  readonly asked: { readonly line: string; readonly type: string | undefined; readonly body: string }[];
  readonly connections: () => number;
  /** Runs a program of the page, in which `game.example` is this site. */
  readonly run: (heading: string, index?: number, change?: (code: string) => string) => Promise<RunResult>;
}

/** vitest's `test` with a site that the page's programs can ask over TLS. */
const test = base.extend<{ site: (answer: RequestListener) => Promise<Site> }>({
  site: async ({ servers, copy }, use) => {
    const authority = await servers.authority();
    const { key, cert } = await authority.issue();
    const closing: (() => void)[] = [];
    await use(async (answer) => {
      const asked: Site['asked'] = [];
      let connections = 0;
      const server = createServer({ key, cert }, async (request: IncomingMessage, response) => {
        const { method, url, headers } = request;
        asked.push({ line: `${method} ${url}`, type: headers['content-type'], body: await text(request) });
        answer(request, response);
      });
      server.on('secureConnection', () => (connections += 1));
      closing.push(() => {
        server.close();
        server.closeAllConnections();
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const { script } = copy('page.mjs');
      const trusted = join(script, '..', 'ca.pem');
      writeFileSync(trusted, authority.cert);
      const run: Site['run'] = async (heading, index = 0, change = (code) => code) => {
        const code = PROGRAMS.get(heading)?.[index] ?? '';
        writeFileSync(script, change(code).replaceAll('game.example', `localhost:${port}`));
        return await runScript(script, { env: { NODE_EXTRA_CA_CERTS: trusted }, deadline: 30_000 });
      };
      return { asked, connections: () => connections, run };
    });
    for (const close of closing) close();
  },
});

const printed = ({ stdout, stderr, code }: RunResult) => ({ stdout, stderr, code });
const prints = (stdout: string) => ({ stdout, stderr: '', code: 0 });

test('every program of the page is run here', () => {
  const counts = Array.from(PROGRAMS, ([heading, { length }]) => [heading, length]);
  expect(counts.filter(([, count]) => count !== 0)).toEqual([
    ['Get JSON', 2],
    ['Blocking', 1],
    ['Post JSON', 1],
    ['Progress', 1],
    ['Download into a file', 1],
    ['Compressed bodies', 1],
    ['Cancel', 1],
    ['Many at once', 1],
    ['Retry with backoff', 1],
    ['Proxy', 1],
    ['A time limit for one request', 1],
  ]);
});

describe('Get JSON', () => {
  const answer: RequestListener = (_request, response) => response.end('{"best":120}');

  test('with a signal', async ({ site }) => {
    const { run, asked } = await site(answer);
    expect(printed(await run('Get JSON'))).toEqual(prints('200 { best: 120 }\n'));
    expect(asked).toMatchObject([{ line: 'GET /scores.json' }]);
  });

  test('awaited', async ({ site }) => {
    const { run } = await site(answer);
    expect(printed(await run('Get JSON', 1))).toEqual(prints('{ best: 120 }\n'));
  });

  test('awaited, and not there', async ({ site }) => {
    const { run } = await site((_request, response) => response.writeHead(404).end());
    expect(printed(await run('Get JSON', 1))).toEqual(prints('404\n'));
  });
});

test('Blocking', async ({ site }) => {
  const { run, asked } = await site(({ method }, response) =>
    response.end(method === 'GET' ? '{"best":120}' : 'ok'),
  );
  expect(printed(await run('Blocking'))).toEqual(prints('{ best: 120 }\nok\n'));
  const type = 'application/json';
  expect(asked).toMatchObject([
    { line: 'GET /scores.json' },
    { line: 'POST /scores', type, body: '{"score":120}' },
  ]);
});

test.for([
  [
    'a server that has an error',
    10,
    (): RequestListener => (_request, response) => response.writeHead(500).end(),
    'the server answered 500\n',
  ],
  [
    'a server that never answers',
    0.5,
    (): RequestListener => () => {},
    /no complete response from localhost:\d+ within 0\.5 s/,
  ],
] as const)('Blocking, with %s', async ([, timeout, answer, errors], { site }) => {
  const { run } = await site(answer());
  const { stdout, stderr, code } = await run('Blocking', 0, (text) =>
    text.replace('timeout = 10', `timeout = ${timeout}`),
  );
  expect([stdout, code]).toEqual(['null\n', 0]);
  expect(stderr).toMatch(errors);
});

test.for([
  ['stored', 201, 'stored\n'],
  ['not stored', 500, '500\n'],
] as const)('Post JSON, %s', async ([, status, output], { site }) => {
  const { run, asked } = await site((_request, response) => response.writeHead(status).end());
  expect(printed(await run('Post JSON'))).toEqual(prints(output));
  const type = 'application/json';
  expect(asked).toEqual([{ line: 'POST /scores', type, body: '{"name":"Godette","score":120}' }]);
});

test.for([
  ['told', { 'Content-Length': 400_000 }, /^(?:\d+ %\n)*100 %\n$/],
  ['not told', {}, /^(?:\d+ bytes\n)*400000 bytes\n$/],
] as const)('Progress, of a size that is %s', async ([, headers, output], { site }) => {
  const { run } = await site((_request, response) => {
    response.writeHead(200, headers).write(Buffer.alloc(200_000));
    response.end(Buffer.alloc(200_000));
  });
  const { stdout, ...rest } = printed(await run('Progress'));
  expect(rest).toEqual({ stderr: '', code: 0 });
  expect(stdout).toMatch(output);
});

test('Download into a file, which breaks off and goes on', async ({ site }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const head = { ETag: '"1"', 'Content-Length': 200_000 };
  const { run } = await site((request, response) => {
    if (request.headers.range === undefined) {
      response.writeHead(200, head).write(Buffer.alloc(100_000, 'a'), () => request.socket.destroySoon());
    } else {
      const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range)?.[1]);
      const fields = { ...head, 'Content-Length': 200_000 - first };
      response.writeHead(206, { ...fields, 'Content-Range': `bytes ${first}-199999/200000` });
      response.end(Buffer.alloc(200_000 - first, 'b'));
    }
  });
  const path = join(folder, 'level-7.bin');
  const change = (code: string) => code.replace("'level-7.bin'", JSON.stringify(path));
  expect(printed(await run('Download into a file', 0, change))).toEqual(prints('TRUNCATED_BODY\n'));
  const part = statSync(`${path}.part`).size;
  expect(part).toBeGreaterThan(0);
  expect(printed(await run('Download into a file', 0, change))).toEqual(prints('it is there\n'));
  expect(readFileSync(path, 'latin1')).toBe('a'.repeat(part) + 'b'.repeat(200_000 - part));
  expect(readdirSync(folder)).toEqual(['level-7.bin']);
});

test('Compressed bodies', async ({ site }) => {
  const packed = gzipSync('{"best":120}');
  const fields = { 'Content-Encoding': 'gzip' };
  const whole = await site((_request, response) => response.writeHead(200, fields).end(packed));
  expect(printed(await whole.run('Compressed bodies'))).toEqual(
    prints(`{ best: 120 } ${packed.length} bytes came\n`),
  );
  const cut = await site((_request, response) => response.writeHead(200, fields).end(packed.subarray(0, -1)));
  expect((await cut.run('Compressed bodies')).stderr).toContain("code: 'BODY_DECOMPRESS_FAILED'");
});

test('Cancel', async ({ site }) => {
  const { run } = await site((_request, response) => response.write('some, and no end'));
  expect(printed(await run('Cancel'))).toEqual(prints('CANCELLED\n'));
});

test('Many at once', async ({ site }) => {
  const { run, asked, connections } = await site(({ url }, response) => response.end(url));
  expect(printed(await run('Many at once'))).toEqual(prints('50\n'));
  expect(new Set(asked.map(({ line }) => line)).size).toBe(50);
  expect(connections()).toBeLessThanOrEqual(6);
});

test('Retry with backoff', async ({ site }) => {
  const { run, asked } = await site((request, response) => {
    if (asked.length === 1) request.socket.destroy();
    else response.writeHead(asked.length === 2 ? 503 : 200).end();
  });
  expect(printed(await run('Retry with backoff'))).toEqual(prints('200\n'));
  expect(asked).toHaveLength(3);
});

test('Retry with backoff, of what no retry mends', async ({ site }) => {
  const { run, asked } = await site((_request, response) => response.writeHead(404).end());
  expect(printed(await run('Retry with backoff'))).toEqual(prints('404\n'));
  expect(asked).toHaveLength(1);
});

test('Proxy', async ({ site, servers }) => {
  const { run } = await site((_request, response) => response.end('{}'));
  const proxy = await servers.proxy({ credentials: { username: 'user', password: 'p@ss' } });
  const change = (code: string) =>
    code.replaceAll('proxy.example', proxy.host).replaceAll('3128', String(proxy.port));
  expect(printed(await run('Proxy', 0, change))).toEqual(prints('200\n'));
  expect(proxy.counts).toMatchObject({ tunnels: 1 });
});

test('A time limit for one request', async ({ site }) => {
  const { run } = await site(() => {});
  expect(printed(await run('A time limit for one request'))).toEqual(prints('true\n'));
});
