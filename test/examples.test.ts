import { describe, expect } from 'vitest';
import { runScript } from './support/run-script.ts';
import { type Script, test } from './support/servers.ts';

const TEXT = 'PHP 8.5.0: ünïcödé, '.repeat(2000);

/** Chunks that end anywhere, also inside a character. */
function chunked(text: string, size: number): Script {
  const bytes = Buffer.from(text);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return [
    { expectHead: true },
    { send: 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n' },
    { send: Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]) },
  ];
}

const fixed: Script = [
  { expectHead: true },
  { send: `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(TEXT)}\r\n\r\n${TEXT}` },
];

describe.each(['godot-tutorial-frames.mjs', 'godot-tutorial-blocking.mjs'])('%s', (script) => {
  test.for<[string, Script, string]>([
    ['a chunked answer', chunked(TEXT, 777), 'Response is Chunked!'],
    ['an answer with a length', fixed, `Response Length: ${Buffer.byteLength(TEXT)}`],
  ])('prints %s', async ([, answer, size], { servers }) => {
    const server = await servers.raw(answer);
    const run = await runScript(`examples/${script}`, { args: [server.host, String(server.port)] });
    expect(run.stderr).toBe('');
    const lines = run.stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['Connecting...', 'Requesting...', 'response? true', 'code: 200', size]),
    );
    expect(run.stdout).toContain(`bytes got: ${Buffer.byteLength(TEXT)}\nText: ${TEXT}\n`);
    const [connection] = await server.connections();
    expect(Buffer.from(connection?.received ?? []).toString()).toBe(
      'GET /ChangeLog-5.php HTTP/1.1\r\nUser-Agent: Pirulo/1.0 (Godot)\r\nAccept: */*\r\n' +
        `Host: ${server.host}:${server.port}\r\n\r\n`,
    );
  });

  test('says why when there is no server', async ({ servers }) => {
    const port = await servers.refusedPort();
    const run = await runScript(`examples/${script}`, { args: ['127.0.0.1', String(port)] });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('nothing accepts connections there');
  });
});

/** An answer, and the connection left as it is. */
const answering = (text: string): Script => [
  { expectHead: true },
  { send: `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}` },
  { hold: true },
];

describe.each(['godot-tutorial-request.mjs', 'godot-tutorial-post.mjs'])('%s', (script) => {
  test('says why when there is no server', async ({ servers }) => {
    const port = await servers.refusedPort();
    const run = await runScript(`examples/${script}`, { args: [`http://127.0.0.1:${port}/`] });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('nothing accepts connections there');
  });

  test('says why a URL is refused', async () => {
    const run = await runScript(`examples/${script}`, { args: ['ftp://127.0.0.1/'] });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('url has the scheme "ftp"');
  });
});

test('godot-tutorial-request.mjs prints what the JSON says', async ({ servers }) => {
  const server = await servers.raw(answering('{"name":"4.7-stable, ünïcödé"}'));
  const run = await runScript('examples/godot-tutorial-request.mjs', { args: [server.url('/latest')] });
  expect([run.stdout, run.stderr, run.code]).toEqual(['4.7-stable, ünïcödé\n', '', 0]);
  const [connection] = await server.connections();
  expect(Buffer.from(connection?.received ?? []).toString()).toMatch(/^GET \/latest HTTP\/1\.1\r\n/);
});

test('godot-tutorial-post.mjs sends JSON, and prints the answer', async ({ servers }) => {
  const server = await servers.raw(answering('thank you'));
  const run = await runScript('examples/godot-tutorial-post.mjs', { args: [server.url('/post')] });
  expect([run.stdout, run.stderr, run.code]).toEqual(['code: 200\ntext: thank you\n', '', 0]);
  const [connection] = await server.connections();
  const received = Buffer.from(connection?.received ?? []).toString();
  expect(received).toMatch(/\r\nAccept-Encoding: gzip, deflate, br(, zstd)?\r\n/);
  expect(received.replace(/Accept-Encoding: .*\r\n/, '')).toBe(
    'POST /post HTTP/1.1\r\nContent-Type: application/json\r\nUser-Agent: Pirulo/1.0 (Godot)\r\n' +
      `Host: ${server.host}:${server.port}\r\nContent-Length: 30\r\nAccept: */*\r\n\r\n` +
      '{"name":"Godette","score":120}',
  );
});

describe('the demo with a URL', () => {
  test('downloads it, and says how that went', async ({ servers }) => {
    const server = await servers.http();
    const run = await runScript('examples/demo/main.mjs', { args: [server.url('/bytes/3000000')] });
    expect(run.stdout).toMatch(/3\.0 MB at .*\nstatus 200, length 3000000 bytes\n$/);
    expect(run.stdout).not.toContain('\u001b');
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test('ends with status 1 and the reason when it cannot', async ({ servers }) => {
    const port = await servers.refusedPort();
    const run = await runScript('examples/demo/main.mjs', { args: [`http://127.0.0.1:${port}/`] });
    expect(run.code).toBe(1);
    expect(run.stdout + run.stderr).toContain('ECONNREFUSED');
  });
});
