import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { test } from '../support/package-copy.ts';
import { runScript } from '../support/run-script.ts';

const ITEMS = 20;

const PAGE = readFileSync(new URL('../../docs/http-client.md', import.meta.url), 'utf8');
const PROGRAMS = Array.from(PAGE.matchAll(/```js\n(.*?)```/gs), ([, code = '']) => code);

/** The loop of the page, with a queue of many, and prints what it has stored. */
function loopOf(url: string): string {
  const loop = PROGRAMS.find((code) => code.includes('function frame()')) ?? '';
  const wanted = JSON.stringify(Array.from({ length: ITEMS }, (_none, index) => `/bytes/${index + 1}`));
  return `${loop
    .replaceAll("'https://example.com'", `'${new URL(url).hostname}', ${new URL(url).port}`)
    .replace(/const wanted = .*/, `const wanted = ${wanted};`)}
const stored = {};
function store(path, chunk) {
  stored[path] = (stored[path] ?? 0) + chunk.length;
}
const end = performance.now() + 30_000;
const again = () => {
  frame();
  const over = wanted.length === 0 && http.getStatus() !== Status.REQUESTING && http.getStatus() !== Status.BODY;
  if (!over && performance.now() < end) setTimeout(again, 2);
  else {
    console.log(JSON.stringify(stored));
    http.close();
  }
};
again();
`;
}

async function run(script: string, url: string): Promise<{ stored: unknown; errors: string }> {
  writeFileSync(script, loopOf(url));
  const { stdout, stderr } = await runScript(script, { deadline: 40_000 });
  return { stored: JSON.parse(stdout || '{}'), errors: stderr };
}

const WHOLE = Object.fromEntries(
  Array.from({ length: ITEMS }, (_none, index) => [`/bytes/${index + 1}`, index + 1]),
);

test('the loop of the page gets everything in its queue', async ({ servers, copy }) => {
  const server = await servers.http();
  expect(await run(copy('loop.mjs').script, server.url())).toEqual({ stored: WHOLE, errors: '' });
});

test('also from a server that closes each connection behind its answer', async ({ servers, copy }) => {
  const scripts = Array.from({ length: ITEMS }, (_none, index) => [
    { expectHead: true } as const,
    { send: `HTTP/1.1 200 OK\r\nContent-Length: ${index + 1}\r\n\r\n${'x'.repeat(index + 1)}` },
    { end: true } as const,
  ]);
  const server = await servers.raw(scripts);
  expect(await run(copy('loop.mjs').script, server.url())).toEqual({ stored: WHOLE, errors: '' });
});

test('also where answers without a body take turns with none at all', async ({ servers, copy }) => {
  const empty = [{ expectHead: true } as const, { end: true } as const];
  const answer = [
    { expectHead: true } as const,
    { send: 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n' },
    { end: true } as const,
  ];
  const server = await servers.raw(Array.from({ length: ITEMS }, () => [empty, answer]).flat());
  expect(await run(copy('loop.mjs').script, server.url())).toEqual({ stored: {}, errors: '' });
  expect(await server.connections()).toHaveLength(2 * ITEMS);
});

test('a server that only closes is left alone', async ({ servers, copy }) => {
  const server = await servers.raw([{ destroy: true }]);
  const { errors } = await run(copy('loop.mjs').script, server.url());
  expect(errors).toMatch(/CONNECTION_CLOSED|EMPTY_RESPONSE|ECONNRESET|EPIPE/);
  expect((await server.connections()).length).toBeLessThanOrEqual(5);
});
