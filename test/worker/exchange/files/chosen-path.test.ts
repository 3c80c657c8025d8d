import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { type Downloader, test } from './downloader.ts';

const OUTSIDE = '../outside.bin';

test.for<[what: string, field: string]>([
  [
    'Content-Disposition',
    `Content-Disposition: attachment; filename="${OUTSIDE}"; filename*=UTF-8''..%2Foutside.bin`,
  ],
  ['Content-Location', `Content-Location: ${OUTSIDE}`],
  ['ETag', `ETag: "${OUTSIDE}"`],
  ['Content-Type', `Content-Type: application/octet-stream; name="${OUTSIDE}"`],
])('the server names another file in %s: it is not made', async ([, field], { servers, downloader }) => {
  const server = await servers.raw([
    { expectHead: true },
    { send: `HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 5\r\n\r\nhello` },
    { end: true },
  ]);
  await expectOnlyTheFile(server.url('/a/b'), downloader);
});

test('the server redirects to a path that leads out of the folder: the file is the one that was chosen', async ({
  servers,
  downloader,
}) => {
  const location = '/..%2f..%2foutside.bin/../../../outside.bin';
  const server = await servers.raw([
    { expectHead: true },
    { send: `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n` },
    { expectHead: true },
    { send: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' },
    { end: true },
  ]);
  await expectOnlyTheFile(server.url('/a/b'), downloader);
});

/** In a folder below that of `downloader`, so that what is written outside is seen, too. */
async function expectOnlyTheFile(url: string, downloader: Downloader): Promise<void> {
  mkdirSync(join(downloader.folder, 'inner'));
  const path = join(downloader.folder, 'inner', 'file');
  const { result } = await downloader.fetch(url, { path, keepPartial: true, append: true });
  expect(result).toBe(Result.SUCCESS);
  const names = readdirSync(downloader.folder, { recursive: true, encoding: 'utf8' });
  expect(names.sort()).toEqual(['inner', join('inner', 'file')]);
}
