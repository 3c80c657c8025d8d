import { ErrorCode, HTTPRequest, Result } from 'tickhttp';
import { expect } from 'vitest';
import { busyFiles } from '../../../src/main/http-request/busy-files.ts';
import { test } from '../../support/folder.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { tickUntil } from '../../support/requests.ts';

test('200 files by 6 objects: each handler requests the next one', async ({ servers, folder }) => {
  const server = await servers.http();
  const results: Result[] = [];
  let asked = 0;
  const next = (http: HTTPRequest): void => {
    if (asked === 200) return;
    const index = asked++;
    http.downloadFile = folder.at(`${index}`);
    const path = index % 3 === 0 ? `/gzip/${index * 1000}` : `/bytes/${index * 1000}`;
    expect(http.request(server.url(path))).toBe(ErrorCode.OK);
  };
  for (let count = 0; count < 6; count++) {
    const http = new HTTPRequest();
    http.requestCompleted.connect((result, _code, _headers, body) => {
      results.push(result);
      expect(body).toHaveLength(0);
      next(http);
    });
    next(http);
  }
  await tickUntil(() => results.length === 200);
  expect(new Set(results)).toEqual(new Set([Result.SUCCESS]));
  expect(folder.names).toHaveLength(200);
  for (let index = 0; index < 200; index++) {
    expect(folder.sizeOf(`${index}`)).toBe(index * 1000);
    checkPattern(folder.bytes(`${index}`));
  }
  expect([busyFiles.size, server.counts.connections]).toEqual([0, 6]);
});

test('a handler may request the same file again', async ({ servers, folder }) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  http.downloadFile = folder.at('file');
  const sizes: number[] = [];
  http.requestCompleted.connect(() => {
    sizes.push(folder.sizeOf('file'));
    if (sizes.length < 20) expect(http.request(server.url(`/bytes/${sizes.length}`))).toBe(ErrorCode.OK);
  });
  http.request(server.url('/bytes/0'));
  await tickUntil(() => sizes.length === 20);
  expect(sizes).toEqual(Array.from({ length: 20 }, (_none, index) => index));
  expect(folder.names).toEqual(['file']);
});
