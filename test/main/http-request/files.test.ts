import { unlinkSync, writeFileSync } from 'node:fs';
import { HTTPRequest, type HTTPResult, Result, Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { blockUntil, type Folder, test } from '../../support/folder.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { heardBy, tickUntil } from '../../support/requests.ts';
import type { Step } from '../../support/servers.ts';
import { fetched, start } from '../../support/whole.ts';

const HEAD: Step = { expectHead: true };

describe("with the caller's thread blocked from request() on, the file is complete on disk", () => {
  const to = (url: string) => `/redirect/302?to=${encodeURIComponent(url)}&body=1000`;

  test.for([
    ['as it came', '/bytes/3000000', 3_000_000, 1],
    ['unpacked', '/gzip/3000000', 3_000_000, 1],
    ['unpacked at once', '/gzip/3000', 3000, 1],
    ['after three redirects, and unpacked', to(to(to('/zipped/3000000'))), 3_000_000, 4],
    ['empty', '/bytes/0', 0, 1],
  ] as const)('%s', async ([, path, length, requests], { servers, folder }) => {
    const server = await servers.http();
    const http = start(server.url(path), { downloadFile: folder.at('file') });
    blockUntil(() => folder.sizeOf('file') >= 0);
    // It is whole from the first moment on.
    expect(folder.sizeOf('file')).toBe(length);
    expect(folder.names).toEqual(['file']);
    checkPattern(folder.bytes('file'));
    const heard = heardBy(http);
    http.blockingModeEnabled = true;
    http.poll();
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
    expect([heard[0]?.body.length, http.getLastError()]).toEqual([0, null]);
    expect(await http.completed()).toMatchObject({ ok: true, failure: null });
    expect(server.counts.requests).toBe(requests);
  });
});

describe('what can’t be stored is told with the answer that there was', () => {
  /** What the handler and the HTTPResult of `http` tell: the same. */
  async function toldTwice(http: HTTPRequest): Promise<HTTPResult> {
    const heard = heardBy(http);
    await tickUntil(() => heard.length > 0);
    const result = await http.completed();
    const { responseCode: code, headers, body } = result;
    expect(heard).toEqual([{ result: result.result, code, headers, body }]);
    expect(http.getLastError()).toBe(result.failure);
    return result;
  }

  test('the file can’t be opened', async ({ servers, folder }) => {
    const server = await servers.http();
    const downloadFile = folder.at('missing/file');
    const http = start(server.url('/bytes/100000'), { downloadFile });
    const { result, ok, responseCode, headers, body, failure } = await toldTwice(http);
    expect([result, ok, responseCode]).toEqual([Result.DOWNLOAD_FILE_CANT_OPEN, false, 200]);
    expect(headers).toContain('Content-Length: 100000');
    expect(body).toHaveLength(0);
    expect(failure).toMatchObject({ phase: 'body', code: 'ENOENT', request: 'answered' });
    expect(failure).toMatchObject({ responseCode: 200, headers });
    expect(failure?.message).toContain(downloadFile);
    expect(folder.names).toEqual([]);
  });

  test('the file can’t be written', async ({ servers, folder }) => {
    const head = 'HTTP/1.1 203 X\r\nServer: test\r\nContent-Length: 10\r\n\r\n';
    const rest: Step[] = [{ waitFor: 'rest' }, { send: '56789' }];
    const server = await servers.raw([HEAD, { send: `${head}01234` }, ...rest]);
    const http = start(server.url(), { downloadFile: folder.at('file') });
    blockUntil(() => folder.sizeOf('file.part') >= 0);
    unlinkSync(folder.at('file.part'));
    server.release('rest');
    const { result, ok, responseCode, headers, body, failure } = await toldTwice(http);
    expect([result, ok, responseCode]).toEqual([Result.DOWNLOAD_FILE_WRITE_ERROR, false, 203]);
    expect([headers, body.length]).toEqual([['Server: test', 'Content-Length: 10'], 0]);
    expect(failure).toMatchObject({ code: 'PART_CHANGED', responseCode: 203, headers, request: 'answered' });
    expect([http.getDownloadedBytes(), http.getBodySize(), folder.names]).toEqual([10, 10, []]);
  });

  test('it is larger than bodySizeLimit', async ({ servers, folder }) => {
    const server = await servers.http();
    const asked = { downloadFile: folder.at('file'), bodySizeLimit: 4999 };
    for (const path of ['/bytes/5000', '/chunked/5000?chunk=100', '/gzip/5000']) {
      const { result, ok, responseCode, body } = await toldTwice(start(server.url(path), asked));
      expect([result, ok, responseCode, body.length]).toEqual([
        Result.BODY_SIZE_LIMIT_EXCEEDED,
        false,
        200,
        0,
      ]);
      expect(folder.names).toEqual([]);
    }
    expect((await fetched(server.url('/bytes/4999'), asked)).ok).toBe(true);
    expect(folder.sizeOf('file')).toBe(4999);
  });
});

test('what is announced to be larger than bodySizeLimit is not begun', async ({ servers, folder }) => {
  const send = 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n12345';
  const server = await servers.raw([HEAD, { send }, { hold: true }]);
  writeFileSync(folder.at('file.part'), 'of another one');
  const { result, failure } = await fetched(server.url(), {
    downloadFile: folder.at('file'),
    bodySizeLimit: 4999,
    timeout: PATIENCE / 1000,
  });
  expect([result, failure?.code]).toEqual([Result.BODY_SIZE_LIMIT_EXCEEDED, 'BODY_SIZE_LIMIT_EXCEEDED']);
  expect([folder.names, folder.text('file.part')]).toEqual([['file.part'], 'of another one']);
});

test('without a limit a file may be larger than what memory may hold', async ({ servers, folder }) => {
  const send = 'HTTP/1.1 200 OK\r\nContent-Length: 5000000000000\r\n\r\n12345';
  const server = await servers.raw([HEAD, { send }, { hold: true }]);
  const http = start(server.url(), { downloadFile: folder.at('file') });
  await tickUntil(() => http.getDownloadedBytes() === 5 && folder.sizeOf('file.part') >= 0);
  expect([http.isBusy(), http.getBodySize(), http.getHttpClientStatus()]).toEqual([
    true,
    5_000_000_000_000,
    Status.BODY,
  ]);
  http.cancelRequest();
  expect((await fetched(server.url())).result).toBe(Result.BODY_SIZE_LIMIT_EXCEEDED);
});

test('the page of an error is the body, and makes no file', async ({ servers, folder }) => {
  const server = await servers.http();
  const http = start(server.url('/status/404'), { downloadFile: folder.at('file') });
  const heard = heardBy(http);
  await tickUntil(() => heard.length > 0);
  const result = await http.completed();
  expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 404, body: result.body }]);
  expect([result.ok, result.text(), result.failure]).toEqual([false, 'status 404\n', null]);
  expect(folder.names).toEqual([]);
});

describe('a download that was broken off', () => {
  const FIRST = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 10\r\n\r\n0123';

  /** What becomes of the next request, when four of ten bytes are there and the server gives this answer. */
  async function next(folder: Folder, url: string): Promise<HTTPRequest> {
    const http = new HTTPRequest();
    http.downloadFile = folder.at('file');
    http.keepPartialDownload = true;
    http.appendToDownloadFile = true;
    http.request(url);
    expect(await http.completed()).toMatchObject({ result: Result.CONNECTION_ERROR, ok: false });
    expect(folder.names).toEqual(['file.part', 'file.part.json']);
    return http;
  }

  const then = (answer: string): Step[][] => [
    [HEAD, { send: FIRST }, { end: true }],
    [HEAD, { send: answer }, { end: true }],
  ];

  test('is gone on with: what comes of the rest counts as downloaded', async ({ servers, folder }) => {
    const rest = 'ETag: "v1"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789';
    const server = await servers.raw(then(`HTTP/1.1 206 X\r\n${rest}`));
    const http = await next(folder, server.url());
    http.request(server.url());
    expect(await http.completed()).toMatchObject({ result: Result.SUCCESS, ok: true, responseCode: 206 });
    expect([http.getDownloadedBytes(), http.getBodySize()]).toEqual([6, 6]);
    expect([folder.names, folder.text('file')]).toEqual([['file'], '0123456789']);
  });

  test.for([
    ['that tells it complete is ok', '*/10', '0123456789', true],
    ['of another total is not', '*/11', '0123456789', false],
    ['while it is not complete is not', '*/10', '0123', false],
  ] as const)('a 416 %s', async ([, range, part, ok], { servers, folder }) => {
    const fields = `Content-Range: bytes ${range}\r\nContent-Length: 3\r\n\r\nno!`;
    const server = await servers.raw(then(`HTTP/1.1 416 X\r\n${fields}`));
    const http = await next(folder, server.url());
    writeFileSync(folder.at('file.part'), part);
    http.request(server.url());
    const result = await http.completed();
    expect(result).toMatchObject({ result: Result.SUCCESS, ok, responseCode: 416, failure: null });
    expect(result.text()).toBe(ok ? '' : 'no!');
    expect(folder.sizeOf('file')).toBe(ok ? 10 : -1);
  });

  test('a 416 without one is not ok', async ({ servers, folder }) => {
    const send = 'HTTP/1.1 416 X\r\nContent-Range: bytes */0\r\nContent-Length: 3\r\n\r\nno!';
    const server = await servers.raw([HEAD, { send }]);
    const asked = { downloadFile: folder.at('file'), appendToDownloadFile: true };
    expect(await fetched(server.url(), asked)).toMatchObject({ ok: false, responseCode: 416 });
    expect(folder.names).toEqual([]);
  });
});
