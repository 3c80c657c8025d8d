import { HTTPRequest, Method, WorkerPool } from 'tickhttp';
import { expect } from 'vitest';
import { internalsOf } from '../../../src/main/options/copies.ts';
import type { UploadPieces } from '../../../src/main/place/node/upload-pieces.ts';
import { eventually } from '../../support/eventually.ts';
import { type Script, test } from '../../support/servers.ts';

const BODY = new Uint8Array(3 * 2 ** 20);
const READ: Script = [{ expectHead: true }, { expectBytes: BODY.length }];
const HANG = { waitFor: 'the end' } as const;

test.for<[string, Script]>([
  ['its response has begun', [...READ, { send: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n' }, HANG]],
  [
    'a redirect leads to a GET',
    [...READ, { send: 'HTTP/1.1 303 See Other\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n' }, HANG],
  ],
])('the memory of a body comes back when %s', async ([, script], { servers }) => {
  const server = await servers.raw(script);
  await using pool = new WorkerPool({ threads: 1 });
  const { uploads } = internalsOf<{ uploads: UploadPieces }>('WorkerPool', 'pool', pool);
  const http = new HTTPRequest({ pool });
  http.requestRaw(server.url('/'), [], Method.POST, BODY);
  expect(uploads.lent).toBe(3);
  await eventually(() => {
    uploads.drain();
    expect([uploads.lent, uploads.kept]).toEqual([0, 3]);
  });
  expect(http.isBusy()).toBe(true);
  http.cancelRequest();
});
