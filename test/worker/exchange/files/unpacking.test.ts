import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import type { Step } from '../../../support/servers.ts';
import { test } from './downloader.ts';

const PACKED = gzipSync('x'.repeat(500_000));
const KEEP = { keepPartial: true, acceptGzip: true };

const answering = (status: number, bytes: Uint8Array, length = bytes.length): Step[] => [
  { expectHead: true },
  {
    send: `HTTP/1.1 ${status} X\r\nETag: "v1"\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n\r\n`,
  },
  { send: bytes },
  { end: true },
];

test('what is packed is unpacked on its way into the file', async ({ servers, downloader }) => {
  const server = await servers.raw(answering(200, PACKED));
  const { result, body, stored } = await downloader.fetch(server.url(), { acceptGzip: true });
  expect([result, body.length, stored]).toEqual([Result.SUCCESS, 0, true]);
  expect(downloader.text()).toBe('x'.repeat(500_000));
});

test('or stored as it came, where that is not asked for', async ({ servers, downloader }) => {
  const server = await servers.raw(answering(200, PACKED));
  await downloader.fetch(server.url());
  expect(downloader.text()).toBe(PACKED.toString('latin1'));
});

test('what was unpacked and broken off is no beginning of what would come next', async ({
  servers,
  downloader,
}) => {
  const server = await servers.raw(answering(200, PACKED.subarray(0, 300), PACKED.length));
  expect((await downloader.fetch(server.url(), KEEP)).result).toBe(Result.CONNECTION_ERROR);
  expect(downloader.names).toEqual(['file.part']);
});

test('nor is it with append, where nothing packed is asked for', async ({ servers, downloader }) => {
  const server = await servers.raw(answering(200, PACKED.subarray(0, 300), PACKED.length));
  await downloader.fetch(server.url(), { ...KEEP, append: true });
  expect(downloader.names).toEqual(['file.part']);
  const { received } = await server.connected();
  expect(Buffer.from(received).toString()).toMatch(/^Accept-Encoding: identity\r$/m);
  expect(
    Buffer.from(received)
      .toString()
      .match(/accept-encoding/gi),
  ).toHaveLength(1);
});

test('what is cut short is no file', async ({ servers, downloader }) => {
  const server = await servers.raw(answering(200, PACKED.subarray(0, 300)));
  const { result, stored } = await downloader.fetch(server.url(), { acceptGzip: true });
  expect([result, stored]).toEqual([Result.BODY_DECOMPRESS_FAILED, false]);
  expect(downloader.names).toEqual([]);
});

test('bodySizeLimit is about what is unpacked', async ({ servers, downloader }) => {
  const server = await servers.raw([answering(200, PACKED), answering(200, PACKED)]);
  const limited = { acceptGzip: true, bodySizeLimit: 499_999 };
  expect((await downloader.fetch(server.url(), limited)).result).toBe(Result.BODY_SIZE_LIMIT_EXCEEDED);
  expect(downloader.names).toEqual([]);
  const enough = { acceptGzip: true, bodySizeLimit: 500_000 };
  expect((await downloader.fetch(server.url(), enough)).result).toBe(Result.SUCCESS);
});

test('of a page there is the first MiB, unpacked', async ({ servers, downloader }) => {
  const server = await servers.raw([answering(404, PACKED), answering(404, gzipSync('x'.repeat(2_000_000)))]);
  for (const length of [500_000, 2 ** 20]) {
    const { result, body, stored } = await downloader.fetch(server.url(), { acceptGzip: true });
    expect([result, body.length, stored]).toEqual([Result.SUCCESS, length, false]);
  }
  expect(downloader.names).toEqual([]);
});
