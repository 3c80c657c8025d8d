import { describe, expect } from 'vitest';
import { test } from './support/folder.ts';
import { fillPattern } from './support/pattern.mjs';
import { type RunOptions, runScript } from './support/run-script.ts';
import { openSite } from './support/site.ts';

const run = async (program: string, args: string[], options: RunOptions = {}) => {
  const { stdout, stderr, code } = await runScript(`examples/${program}.mjs`, { args, ...options });
  return { stdout, stderr, code };
};

describe.each(['download', 'post-json'])('%s.mjs', (program) => {
  test('says why when there is no server', async ({ servers, folder }) => {
    const port = await servers.refusedPort();
    const args = [`http://127.0.0.1:${port}/`, program === 'post-json' ? '{}' : folder.at('file')];
    const { stdout, stderr, code } = await run(program, args);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('nothing accepts connections there');
    expect(folder.names).toEqual([]);
  });

  test('says why a URL is refused', async () => {
    const { stdout, stderr, code } = await run(program, []);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('url has no scheme');
  });
});

describe('download.mjs', () => {
  const SIZE = 3_000_000;

  test('shows the progress, and leaves the whole file', async ({ servers, folder }) => {
    const server = await servers.http();
    const file = folder.at('level.bin');
    const { stdout, stderr, code } = await run('download', [server.url(`/bytes/${SIZE}`), file]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(/\r3\.0 MB of 3\.0 MB, 100 %\n/);
    expect(stdout).toMatch(/\/level\.bin is complete\n$/);
    expect(folder.names).toEqual(['level.bin']);
    expect(folder.bytes('level.bin').equals(fillPattern(Buffer.alloc(SIZE)))).toBe(true);
  });

  test('shows the bytes where the size is not known', async ({ servers, folder }) => {
    const server = await servers.http();
    const { stdout, code } = await run('download', [server.url(`/chunked/${SIZE}`), folder.at('level.bin')]);
    expect(stdout).toMatch(/\r3\.0 MB\n.*is complete\n$/);
    expect(code).toBe(0);
  });

  test.for(['404', '204'])('leaves no file after a %s', async (answer, { servers, folder }) => {
    const server = await servers.http();
    const { stderr, code } = await run('download', [server.url(`/status/${answer}`), folder.at('level.bin')]);
    expect([stderr, code]).toEqual([`the server answered ${answer}\n`, 1]);
    expect(folder.names).toEqual([]);
  });

  test('leaves no file when the download breaks off', async ({ servers, folder }) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n';
    const server = await servers.raw([{ expectHead: true }, { send: `${head}half` }, { end: true }]);
    const { stderr, code } = await run('download', [server.url('/'), folder.at('level.bin')]);
    expect(stderr).toContain('(TRUNCATED_BODY)');
    expect(code).toBe(1);
    expect(folder.names).toEqual([]);
  });

  test('says that there is no such folder', async ({ servers, folder }) => {
    const server = await servers.http();
    const { stderr, code } = await run('download', [server.url('/bytes/5'), folder.at('none/level.bin')]);
    expect(stderr).toContain('its folder does not exist');
    expect(code).toBe(1);
  });
});

describe('post-json.mjs', () => {
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  test('sends JSON, and prints the JSON that comes back', async () => {
    const site = await openSite((response) => response.writeHead(201, JSON_TYPE).end('{"rank":7}'));
    const args = [site.url('/scores'), '{ "name": "Zoë",\n "score": 3 }'];
    expect(await run('post-json', args)).toEqual({ stdout: '201 { rank: 7 }\n', stderr: '', code: 0 });
    expect(site.asked).toMatchObject([
      {
        line: 'POST /scores',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Zoë","score":3}',
      },
    ]);
  });

  test('takes an empty answer', async () => {
    const site = await openSite((response) => response.writeHead(204).end());
    const expected = { stdout: '204 nothing\n', stderr: '', code: 0 };
    expect(await run('post-json', [site.url('/scores')])).toEqual(expected);
  });

  test('prints what the server says about a 422', async () => {
    const site = await openSite((response) => response.writeHead(422).end('{"error":"no such player"}'));
    const stderr = 'the server answered 422: {"error":"no such player"}\n';
    expect(await run('post-json', [site.url('/scores')])).toEqual({ stdout: '', stderr, code: 1 });
  });

  test('says that an answer is no JSON', async () => {
    const site = await openSite((response) => response.end('<html>'));
    const { stdout, stderr, code } = await run('post-json', [site.url('/scores')]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('SyntaxError');
    expect(stderr).toContain(`http://127.0.0.1:${site.port}`);
  });

  test('sends nothing that is no JSON', async () => {
    const site = await openSite((response) => response.end());
    const { stderr, code } = await run('post-json', [site.url('/scores'), '{ name }']);
    expect(stderr).toContain('SyntaxError');
    expect(code).toBe(1);
    expect(site.asked).toEqual([]);
  });
});
