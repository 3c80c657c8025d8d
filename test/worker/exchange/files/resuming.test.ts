import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import type { Completion } from '../../../../src/shared/messages.ts';
import { eventually } from '../../../support/eventually.ts';
import type { Step, TestServer } from '../../../support/servers.ts';
import { type Download, type Downloader, test } from './downloader.ts';

const HEAD: Step = { expectHead: true };
const FIRST = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 10\r\n\r\n0123';
const PART = 'HTTP/1.1 206 X\r\nETag: "v1"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789';
const KEEP: Download = { keepPartial: true, append: true };

/** Four of ten bytes come, and the connection ends: then the part and its record are there. */
async function brokenOff(downloader: Downloader, url: string): Promise<void> {
  const { result } = await downloader.fetch(url, KEEP);
  expect(result).toBe(Result.CONNECTION_ERROR);
  expect(downloader.names).toEqual(['file.part', 'file.part.json']);
  expect(downloader.text('file.part')).toBe('0123');
}

/** The server breaks the first answer off, and then gives this one. */
const then = (answer: string): Step[][] => [
  [HEAD, { send: FIRST }, { end: true }],
  [HEAD, { send: answer }, { end: true }],
];

async function asked(server: TestServer, index: number): Promise<string> {
  const { received } = await server.connected(index);
  return Buffer.from(received).toString('latin1');
}

describe('what was broken off', () => {
  test('is gone on with where it ends, if it is the same', async ({ servers, downloader }) => {
    const server = await servers.raw(then(PART));
    await brokenOff(downloader, server.url());
    writeFileSync(downloader.path, 'old');
    const { result, responseCode, body } = await downloader.fetch(server.url(), KEEP);
    expect([result, responseCode, body.length]).toEqual([Result.SUCCESS, 206, 0]);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('0123456789');
    expect(await asked(server, 0)).toMatch(/^Accept-Encoding: identity\r$/m);
    expect(await asked(server, 0)).not.toMatch(/range/i);
    expect(await asked(server, 1)).toMatch(/^Range: bytes=4-\r\nIf-Range: "v1"\r$/m);
    expect(await asked(server, 1)).toMatch(/^Accept-Encoding: identity\r$/m);
  });

  test('is gone on with several times', async ({ servers, downloader }) => {
    const more = PART.replace('456789', '45');
    const last = PART.replace('4-9', '6-9').replace('Length: 6', 'Length: 4').replace('456789', '6789');
    const steps = [FIRST, more, last].map((send): Step[] => [HEAD, { send }, { end: true }]);
    const server = await servers.raw(steps);
    await brokenOff(downloader, server.url());
    expect((await downloader.fetch(server.url(), KEEP)).result).toBe(Result.CONNECTION_ERROR);
    expect(downloader.names).toEqual(['file.part', 'file.part.json']);
    expect((await downloader.fetch(server.url(), KEEP)).result).toBe(Result.SUCCESS);
    expect(downloader.text()).toBe('0123456789');
  });

  test('starts over with a 200', async ({ servers, downloader }) => {
    const server = await servers.raw(then('HTTP/1.1 200 OK\r\nETag: "v2"\r\nContent-Length: 3\r\n\r\nnew'));
    await brokenOff(downloader, server.url());
    expect((await downloader.fetch(server.url(), KEEP)).result).toBe(Result.SUCCESS);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('new');
  });

  test.for([404, 500, 304])('is left alone by a %i', async (status, { servers, downloader }) => {
    const page = status === 304 ? '' : 'page';
    const server = await servers.raw(
      then(`HTTP/1.1 ${status} X\r\nContent-Length: ${page.length}\r\n\r\n${page}`),
    );
    await brokenOff(downloader, server.url());
    const record = downloader.text('file.part.json');
    const { result, responseCode, body } = await downloader.fetch(server.url(), KEEP);
    expect([result, responseCode, Buffer.from(body).toString()]).toEqual([Result.SUCCESS, status, page]);
    expect([downloader.text('file.part'), downloader.text('file.part.json')]).toEqual(['0123', record]);
  });

  test.for<[string, string]>([
    ['another ETag', PART.replace('v1', 'v2')],
    ['another total', PART.replace('/10', '/11')],
    ['another start', PART.replace('4-9', '3-9').replace('Length: 6', 'Length: 7').replace('456', '3456')],
    ['too few bytes, until the close', PART.replace('Content-Length: 6\r\n', '').slice(0, -1)],
  ])(
    'is no result with %s, and the next request starts over',
    async ([, answer], { servers, downloader }) => {
      const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew';
      const steps = [FIRST, answer, whole].map((send): Step[] => [HEAD, { send }, { end: true }]);
      const server = await servers.raw(steps);
      await brokenOff(downloader, server.url());
      const { result, responseCode, failure } = await downloader.fetch(server.url(), KEEP);
      expect([result, responseCode]).toEqual([Result.CONNECTION_ERROR, 0]);
      expect(failure).toMatchObject({ code: 'RANGE_MISMATCH', responseCode: 206, request: 'answered' });
      expect(downloader.names).toEqual(['file.part']);
      expect((await downloader.fetch(server.url(), KEEP)).result).toBe(Result.SUCCESS);
      expect(await asked(server, 2)).not.toMatch(/range/i);
      expect(downloader.text()).toBe('new');
    },
  );

  test('is complete with a 416 that says so', async ({ servers, downloader }) => {
    const server = await servers.raw(
      then('HTTP/1.1 416 X\r\nContent-Range: bytes */10\r\nContent-Length: 3\r\n\r\nno!'),
    );
    await brokenOff(downloader, server.url());
    writeFileSync(`${downloader.path}.part`, '0123456789');
    const { result, responseCode, body, stored } = await downloader.fetch(server.url(), KEEP);
    expect([result, responseCode, body.length, stored]).toEqual([Result.SUCCESS, 416, 0, true]);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('0123456789');
  });

  test('with a 416 of another total the next request starts over', async ({ servers, downloader }) => {
    const server = await servers.raw(
      then('HTTP/1.1 416 X\r\nContent-Range: bytes */3\r\nContent-Length: 3\r\n\r\nno!'),
    );
    await brokenOff(downloader, server.url());
    const { result, responseCode, body } = await downloader.fetch(server.url(), KEEP);
    expect([result, responseCode, Buffer.from(body).toString()]).toEqual([Result.SUCCESS, 416, 'no!']);
    expect(downloader.names).toEqual(['file.part']);
  });
});

describe('a plain GET, and what there was is discarded', () => {
  const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew';

  async function plain(
    downloader: Downloader,
    server: TestServer,
    url: string,
    what: Download,
  ): Promise<Completion> {
    const completion = await downloader.fetch(url, what);
    expect(await asked(server, 1)).not.toMatch(/range/i);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('new');
    return completion;
  }

  test.for<[string, (downloader: Downloader) => void]>([
    ['the record is cut short', ({ path }) => writeFileSync(`${path}.part.json`, '{"etag":')],
    ['the record is too long', ({ path }) => pad(`${path}.part.json`)],
    ['the part is longer than all of it', ({ path }) => writeFileSync(`${path}.part`, 'x'.repeat(11))],
    ['the part is empty', ({ path }) => writeFileSync(`${path}.part`, '')],
  ])('%s', async ([, change], { servers, downloader }) => {
    const server = await servers.raw(then(WHOLE));
    await brokenOff(downloader, server.url());
    change(downloader);
    await plain(downloader, server, server.url(), KEEP);
  });

  test('it was of another URL', async ({ servers, downloader }) => {
    const server = await servers.raw(then(WHOLE));
    await brokenOff(downloader, server.url('/one'));
    await plain(downloader, server, server.url('/another'), KEEP);
  });

  test('append is not set', async ({ servers, downloader }) => {
    const server = await servers.raw(then(WHOLE));
    await brokenOff(downloader, server.url());
    await plain(downloader, server, server.url(), { keepPartial: true });
  });

  test('the method is another one', async ({ servers, downloader }) => {
    const server = await servers.raw(then(WHOLE));
    await brokenOff(downloader, server.url());
    await plain(downloader, server, server.url(), { ...KEEP, method: 'POST' });
  });
});

/** It says the same. */
function pad(path: string): void {
  writeFileSync(path, readFileSync(path, 'utf8') + ' '.repeat(5000));
}

describe('there is a record', () => {
  test('before the first byte, for its owner', async ({ servers, downloader }) => {
    const head = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 10\r\n\r\n';
    const server = await servers.raw([HEAD, { send: head }, { hold: true }]);
    const download = downloader.start(server.url('/a?secret'), KEEP);
    await eventually(() => expect(downloader.sizeOf('file.part.json')).toBeGreaterThan(0));
    expect(downloader.sizeOf('file.part')).toBe(0);
    const text = downloader.text('file.part.json');
    expect(JSON.parse(text)).toEqual({
      etag: '"v1"',
      total: 10,
      url: expect.stringMatching(/^[0-9a-f]{64}$/),
      last: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(text).not.toContain('secret');
    expect(statSync(`${downloader.path}.part.json`).mode & 0o777).toBe(0o600);
    download.cancel();
    await download.completed;
  });

  test.for([
    ['the ETag is weak', FIRST.replace('"v1"', 'W/"v1"'), KEEP],
    ['there is no ETag', FIRST.replace('ETag: "v1"\r\n', ''), KEEP],
    [
      'the length is not known',
      FIRST.replace('Content-Length: 10\r\n', 'Transfer-Encoding: chunked\r\n').replace('0123', 'a\r\n0123'),
      KEEP,
    ],
    ['the method is no GET', FIRST, { ...KEEP, method: 'POST' }],
    ['the answer is another one', FIRST.replace('200', '203'), KEEP],
  ] as const)('but none if %s', async ([, send, what], { servers, downloader }) => {
    const server = await servers.raw([HEAD, { send }, { end: true }]);
    expect((await downloader.fetch(server.url(), what)).result).toBe(Result.CONNECTION_ERROR);
    expect(downloader.names).toEqual(['file.part']);
    expect(downloader.text('file.part')).toBe('0123');
  });

  test('and none is left where the part is not to be kept', async ({ servers, downloader }) => {
    const again = PART.replace('456789', '45');
    const server = await servers.raw(then(again));
    await brokenOff(downloader, server.url());
    const { result } = await downloader.fetch(server.url(), { append: true });
    expect(result).toBe(Result.CONNECTION_ERROR);
    expect(downloader.names).toEqual([]);
  });
});

describe('behind a redirect', () => {
  const answer = (letter: string): string =>
    `HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 10\r\n\r\n${letter.repeat(10)}`;
  const to = (path: string): Step => ({
    send: `HTTP/1.1 302 Found\r\nLocation: ${path}\r\nContent-Length: 0\r\n\r\n`,
  });

  test('that leads to another file now, with the same ETag and length, all of that is asked for', async ({
    servers,
    downloader,
  }) => {
    const server = await servers.raw([
      [HEAD, to('/v1'), HEAD, { send: answer('a').slice(0, -5) }, { end: true }],
      [HEAD, to('/v2'), HEAD, { send: answer('b') }, { hold: true }],
    ]);
    await downloader.fetch(server.url('/latest'), KEEP);
    expect(downloader.text('file.part')).toBe('aaaaa');
    expect((await downloader.fetch(server.url('/latest'), KEEP)).responseCode).toBe(200);
    expect(await asked(server, 1)).not.toContain('Range');
    expect(downloader.text('file')).toBe('bbbbbbbbbb');
  });

  test('that leads to the same file, signed anew, only the rest is asked for', async ({
    servers,
    downloader,
  }) => {
    const rest =
      'HTTP/1.1 206 Partial Content\r\nETag: "1"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nbbbbb';
    const server = await servers.raw([
      [HEAD, to('/v1?signed=1'), HEAD, { send: answer('a').slice(0, -5) }, { end: true }],
      [HEAD, to('/v1?signed=2'), HEAD, { send: rest }, { hold: true }],
    ]);
    await downloader.fetch(server.url('/latest'), KEEP);
    expect((await downloader.fetch(server.url('/latest'), KEEP)).responseCode).toBe(206);
    expect((await asked(server, 1)).match(/^Range: bytes=5-\r\nIf-Range: "1"\r$/gm)).toHaveLength(1);
    expect(downloader.text('file')).toBe('aaaaabbbbb');
  });
});
