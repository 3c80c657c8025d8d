import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { test } from '../support/package-copy.ts';
import { runScript } from '../support/run-script.ts';

const programsOf = (page: string): string[] => {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return Array.from(text.matchAll(/```js\n(.*?)```/gs), ([, code = '']) => code);
};

const [SIGNAL = '', PROMISE = '', FILE = '', STREAM = '', BLOCKING = ''] = programsOf('README.md');
const [PORTED = ''] = programsOf('docs/godot.md');

const asking = (program: string, url: string): string => program.replace(/'https?:[^']*'/, `'${url}'`);

test('the README has five programs, and the page about Godot one', () => {
  expect([programsOf('README.md').length, programsOf('docs/godot.md').length]).toEqual([5, 1]);
});

describe('the program with a signal', () => {
  /** `show` prints. */
  const program = (url: string): string => `const show = (what) => {
  console.log(what instanceof Uint8Array ? Buffer.from(what).toString() : what.code);
  process.exit();
};
${asking(SIGNAL, url)}`;

  test('shows what it got', async ({ servers, copy }) => {
    const server = await servers.http();
    const { script } = copy('signal.mjs');
    writeFileSync(script, program(server.url('/status/200')));
    expect(await runScript(script)).toMatchObject({ stdout: 'status 200\n\n', stderr: '', code: 0 });
  });

  test('or why it got nothing', async ({ servers, copy }) => {
    const { script } = copy('signal.mjs');
    writeFileSync(script, program(`http://127.0.0.1:${await servers.refusedPort()}/`));
    expect(await runScript(script)).toMatchObject({ stdout: 'ECONNREFUSED\n', stderr: '', code: 0 });
  });
});

test.for([
  ['/inspect', /method: 'GET'/],
  ['/status/404', /^404\n$/],
] as const)('the program with a promise, of %s', async ([path, output], { servers, copy }) => {
  const server = await servers.http();
  const { script } = copy('promise.mjs');
  writeFileSync(script, asking(PROMISE, server.url(path)));
  const { stdout, stderr, code } = await runScript(script);
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).toMatch(output);
});

test('the program with a file', async ({ servers, copy }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const server = await servers.http();
  const { script } = copy('file.mjs');
  const path = join(folder, 'level-7.bin');
  const program = asking(FILE, server.url('/bytes/300000'));
  writeFileSync(script, program.replace("'level-7.bin'", JSON.stringify(path)));
  expect(await runScript(script)).toMatchObject({ stdout: 'complete\n', stderr: '', code: 0 });
  expect([readdirSync(folder), statSync(path).size]).toEqual([['level-7.bin'], 300_000]);
});

test.for([
  ['a body', '/bytes/300000', { bytes: 300_000, status: 'CONNECTED' }],
  ['a failure', null, { bytes: 0, status: 'DISCONNECTED' }],
] as const)('the program with a stream, and %s', async ([, path, seen], { servers, copy }) => {
  const server = await servers.http();
  const port = path === null ? await servers.refusedPort() : server.port;
  const program = STREAM.replace("'https://example.com'", `'127.0.0.1', ${port}`);
  const { script } = copy('stream.mjs');
  writeFileSync(
    script,
    `import { statusName } from 'tickhttp';
${program.replace('/level/7.bin', path ?? '/')}
let bytes = 0;
function store(chunk) {
  bytes += chunk.length;
}
const again = () => {
  const over = http.getStatus() === Status.DISCONNECTED || bytes === 300_000;
  if (!over) setTimeout(again, 2);
  else {
    console.log(JSON.stringify({ bytes, status: statusName(http.getStatus()).replace('STATUS_', '') }));
    process.exit();
  }
};
again();
`,
  );
  const { stdout, stderr } = await runScript(script);
  expect(JSON.parse(stdout)).toEqual(seen);
  if (path === null) expect(stderr).toContain('ECONNREFUSED');
  else expect(stderr).toBe('');
});

test.for([
  ['prints what it got', '/status/200', 10, 'status 200\n\n'],
  ['or why it got nothing', null, 10, /ECONNREFUSED/],
  ['also from a server that never answers', '/hang', 0.5, /TIMEOUT/],
] as const)('the blocking program %s', async ([, path, timeout, output], { servers, copy }) => {
  const server = await servers.http();
  const url = path === null ? `http://127.0.0.1:${await servers.refusedPort()}/` : server.url(path);
  const { script } = copy('blocking.mjs');
  writeFileSync(script, asking(BLOCKING, url).replace('timeout = 10', `timeout = ${timeout}`));
  const { stdout, stderr, code } = await runScript(script);
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).toMatch(output);
});

test('the script that was ported from Godot', async ({ servers, copy }) => {
  const body = '{"name":"Godette"}';
  const server = await servers.raw([
    { expectHead: true },
    { send: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}` },
  ]);
  const { script } = copy('ported.mjs');
  writeFileSync(script, asking(PORTED, server.url('/scores.json')));
  expect(await runScript(script)).toMatchObject({ stdout: 'Godette\n', stderr: '', code: 0 });
});
