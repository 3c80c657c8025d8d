import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { ErrorCode, HTTPRequest, Result, Status, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { busyFiles } from '../../../src/main/http-request/busy-files.ts';
import { turn } from '../../support/client.ts';
import { blockUntil, test } from '../../support/folder.ts';
import { heardBy } from '../../support/requests.ts';
import { runScript } from '../../support/run-script.ts';
import type { Step } from '../../support/servers.ts';
import { start } from '../../support/whole.ts';

const { OK, ERR_INVALID_PARAMETER } = ErrorCode;

describe('a path that is refused: nothing is started, and no signal comes', () => {
  test.for<[downloadFile: string, message: string]>([
    ['file\0secret', 'downloadFile has a NUL character at index 4.'],
    ['\0', 'has a NUL character at index 0.'],
    ['user://scores.json', 'downloadFile is a URL (user:), but must be the path of a file.'],
    ['https://me:secret@a/?key=secret', 'downloadFile is a URL (https:), but must be the path of a file.'],
    ['res://icon.png', 'is a URL (res:)'],
    ['file:///tmp/file', 'is a URL (file:)'],
    ['FILE://tmp/file', 'is a URL (FILE:)'],
    ['file:/tmp/file', 'is a URL (file:)'],
    ['http://example.com/file', 'is a URL (http:)'],
    ['https://example.com/file', 'is a URL (https:)'],
  ])('%j', async ([downloadFile, message], { servers, folder }) => {
    const server = await servers.http();
    await using pool = new WorkerPool({ threads: 1 });
    const http = new HTTPRequest({ pool });
    const heard = heardBy(http);
    http.downloadFile = downloadFile;
    const here = readdirSync('.');
    expect(http.request(server.url('/bytes/5'))).toBe(ERR_INVALID_PARAMETER);
    const failure = http.getLastError();
    expect(failure).toMatchObject({ phase: 'argument', code: 'INVALID_FILE', request: null });
    expect(failure?.message).toContain(message);
    expect([http.isBusy(), http.getHttpClientStatus()]).toEqual([false, Status.DISCONNECTED]);
    expect(await http.completed()).toMatchObject({ result: Result.REQUEST_FAILED, ok: false, failure });
    for (let turns = 0; turns < 3; turns++, await turn()) tick();
    expect([heard, busyFiles.size, server.counts.connections]).toEqual([[], 0, 0]);
    expect(readdirSync('.')).toEqual(here);

    // The same object can be used all the same.
    http.downloadFile = folder.at('file');
    expect(http.request(server.url('/bytes/5'))).toBe(OK);
    expect((await http.completed()).ok).toBe(true);
  });

  test('a Range beside appendToDownloadFile, whatever its casing', async ({ servers, folder }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.downloadFile = folder.at('file');
    http.appendToDownloadFile = true;
    for (const header of ['Range: bytes=1-', 'rANGE :bytes=1-', 'range:']) {
      expect(http.request(server.url('/bytes/5'), ['X: y', header])).toBe(ERR_INVALID_PARAMETER);
      expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_HEADER', request: null });
    }
    expect(http.request(server.url('/bytes/5'), ['Range: bytes=1-'])).toBe(ERR_INVALID_PARAMETER);
    expect(http.getLastError()?.message).toContain(
      'customHeaders[0], Range, is added by appendToDownloadFile itself',
    );
    expect([http.isBusy(), busyFiles.size, server.counts.connections, folder.names]).toEqual([
      false,
      0,
      0,
      [],
    ]);
  });

  test('but a Range is taken without it, and without a file', async ({ servers, folder }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.downloadFile = folder.at('file');
    http.request(server.url('/bytes/5'), ['Range: bytes=1-3']);
    expect(await http.completed()).toMatchObject({ ok: true, responseCode: 206 });
    expect(folder.sizeOf('file')).toBe(3);
    http.downloadFile = '';
    http.appendToDownloadFile = true;
    expect(http.request(server.url('/bytes/5'), ['Range: bytes=1-3'])).toBe(OK);
    expect((await http.completed()).body).toHaveLength(3);
  });
});

test('a relative path is resolved at request(), against the folder that the program is in then', async ({
  servers,
  folder,
}) => {
  const server = await servers.http();
  const before = process.cwd();
  const http = new HTTPRequest();
  http.downloadFile = 'file';
  process.chdir(folder.path);
  try {
    expect(http.request(server.url('/bytes/5'))).toBe(OK);
  } finally {
    process.chdir(before);
  }
  expect((await http.completed()).ok).toBe(true);
  expect([folder.names, http.downloadFile]).toEqual([['file'], 'file']);
  http.downloadFile = `${relative(before, folder.path)}/./other/../ü file`;
  http.request(server.url('/bytes/6'));
  expect((await http.completed()).ok).toBe(true);
  expect(folder.names).toEqual(['file', 'ü file']);
});

describe('while busy', () => {
  const HEAD: Step = { expectHead: true };
  const BEGUN = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 100010\r\n\r\n';
  const SCRIPT: Step[] = [HEAD, { send: BEGUN + 'x'.repeat(100_000) }, { waitFor: 'rest' }];

  test.for([
    ['downloadFile', 'other'],
    ['downloadFile', ''],
    ['downloadChunkSize', 1000],
  ] as const)('%s can’t be set to %j, and stays', async ([name, value], { servers, folder }) => {
    const server = await servers.raw([...SCRIPT, { send: '0123456789' }]);
    const http = start(server.url(), { downloadFile: folder.at('file') });
    const before = Reflect.get(http, name);
    const setter = name === 'downloadFile' ? 'setDownloadFile' : 'setDownloadChunkSize';
    const message = `${name} can't be changed while a request is under way`;
    expect(() => Reflect.set(http, name, value)).toThrow(message);
    expect(() => Reflect.apply(http[setter], http, [value])).toThrow(message);
    expect(Reflect.get(http, name)).toBe(before);
    server.release('rest');
    expect((await http.completed()).ok).toBe(true);
    expect(folder.sizeOf('file')).toBe(100_010);
    // As soon as it is idle again.
    Reflect.set(http, name, value);
    expect(Reflect.get(http, name)).toBe(value);
  });

  test.for<[string, boolean, string[]]>([
    ['false, then true: it is not kept', false, []],
    ['true, then false: it is kept', true, ['file.part', 'file.part.json']],
  ])(
    'keepPartialDownload counts from the next request() on; %s',
    async ([, keep, left], { servers, folder }) => {
      const server = await servers.raw([...SCRIPT, { end: true }]);
      const http = start(server.url(), { downloadFile: folder.at('file'), keepPartialDownload: keep });
      http.keepPartialDownload = !keep;
      blockUntil(() => folder.sizeOf('file.part') > 0);
      server.release('rest');
      expect((await http.completed()).result).toBe(Result.CONNECTION_ERROR);
      expect(folder.names).toEqual(left);
    },
  );

  test('appendToDownloadFile and acceptGzip count from the next request() on', async ({
    servers,
    folder,
  }) => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const server = await servers.raw([HEAD, { send: ok }, HEAD, { send: ok }, HEAD, { send: ok }]);
    const http = new HTTPRequest();
    http.downloadFile = folder.at('file');
    for (const value of [true, false, true]) {
      http.request(server.url());
      http.appendToDownloadFile = value;
      http.acceptGzip = value;
      expect((await http.completed()).ok).toBe(true);
    }
    const { received } = await server.connected();
    const asked = Buffer.from(received)
      .toString('latin1')
      .matchAll(/^(?:accept-encoding: (.*)|GET .*)\r$/gim);
    expect([...asked].map(([line]) => line.replace(/, .*\r|\r/, ''))).toEqual([
      'GET / HTTP/1.1',
      'Accept-Encoding: gzip',
      'GET / HTTP/1.1',
      'Accept-Encoding: identity',
      'GET / HTTP/1.1',
    ]);
  });
});

test.for([
  [256, 5000],
  [4096, 5000],
  [8192, 0],
] as const)(
  'with a downloadChunkSize of %i %i of 5000 bytes are written, while others may come',
  async ([downloadChunkSize, written], { servers, folder }) => {
    const send = `HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n${'x'.repeat(5000)}`;
    const rest: Step[] = [{ waitFor: 'rest' }, { send: 'x'.repeat(1000) }];
    const server = await servers.raw([{ expectHead: true }, { send }, ...rest]);
    const http = start(server.url(), { downloadFile: folder.at('file'), downloadChunkSize });
    blockUntil(() => http.getDownloadedBytes() === 5000);
    blockUntil(() => folder.sizeOf('file.part') === written);
    server.release('rest');
    expect((await http.completed()).ok).toBe(true);
    expect(folder.text('file')).toBe('x'.repeat(6000));
  },
);

test('a relative path is refused where the working directory is gone, an absolute one is not', async ({
  folder,
}) => {
  const script = `import('tickhttp').then(async ({ HTTPRequest }) => {
    const { mkdirSync, rmdirSync } = await import('node:fs');
    const gone = ${JSON.stringify(folder.at('gone'))};
    mkdirSync(gone);
    process.chdir(gone);
    rmdirSync(gone);
    const http = new HTTPRequest();
    http.downloadFile = 'file';
    const refused = http.request('http://127.0.0.1:1/');
    const { code, message } = http.getLastError();
    http.downloadFile = ${JSON.stringify(folder.at('file'))};
    console.log(JSON.stringify([refused, code, message, http.request('http://127.0.0.1:1/')]));
    http.cancelRequest();
  })`;
  const { stdout, stderr } = await runScript('', { nodeArgs: ['--eval', script] });
  expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual([
    ERR_INVALID_PARAMETER,
    'INVALID_FILE',
    'downloadFile "file" is relative to the working directory, which is gone. Use an absolute path.',
    OK,
  ]);
});
