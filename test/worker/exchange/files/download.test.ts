import { chmodSync, mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { eventually } from '../../../support/eventually.ts';
import { checkPattern } from '../../../support/pattern.mjs';
import type { Step } from '../../../support/servers.ts';
import { test } from './downloader.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

const answering = (answer: string): Step[] => [{ expectHead: true }, { send: answer }];

describe('a body goes into the file', () => {
  test.for([
    ['/bytes/0', 0],
    ['/bytes/1', 1],
    ['/bytes/65536', 65_536],
    ['/bytes/3000001', 3_000_001],
    ['/chunked/3000001?chunk=1000', 3_000_001],
    ['/chunked/3000001?chunk=300000', 3_000_001],
  ] as const)('of %s, and nothing else is left', async ([path, length], { servers, downloader }) => {
    const server = await servers.http();
    const { result, responseCode, body, failure } = await downloader.fetch(server.url(path));
    expect([result, responseCode, body.length, failure]).toEqual([Result.SUCCESS, 200, 0, null]);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.sizeOf('file')).toBe(length);
    checkPattern(Buffer.from(downloader.text(), 'latin1'));
  });

  test('one that ends with the connection is complete', async ({ servers, downloader }) => {
    const server = await servers.raw([...answering(`${OK}\r\nhello`), { end: true }]);
    expect((await downloader.fetch(server.url())).result).toBe(Result.SUCCESS);
    expect(downloader.text()).toBe('hello');
  });

  test('one that is cut short leaves neither file nor part', async ({ servers, downloader }) => {
    const server = await servers.raw([...answering(`${OK}Content-Length: 9\r\n\r\nhello`), { end: true }]);
    const { result, failure } = await downloader.fetch(server.url());
    expect([result, failure?.request]).toEqual([Result.CONNECTION_ERROR, 'answered']);
    expect(downloader.names).toEqual([]);
  });

  test('with keepPartial the part of it stays', async ({ servers, downloader }) => {
    const server = await servers.raw([...answering(`${OK}Content-Length: 9\r\n\r\nhello`), { end: true }]);
    writeFileSync(downloader.path, 'old');
    const { result } = await downloader.fetch(server.url(), { keepPartial: true });
    expect(result).toBe(Result.CONNECTION_ERROR);
    expect(downloader.names).toEqual(['file', 'file.part']);
    expect([downloader.text(), downloader.text('file.part')]).toEqual(['old', 'hello']);
  });
});

describe('only an answer with a body for it touches the file', () => {
  test.for([
    ['GET', 404],
    ['GET', 500],
    ['GET', 304],
    ['GET', 204],
    ['HEAD', 200],
    ['GET', 416],
  ] as const)('not one to %s with %i', async ([method, status], { servers, downloader }) => {
    const page = method === 'HEAD' || status === 204 || status === 304 ? '' : 'page!';
    const server = await servers.raw(
      answering(
        `HTTP/1.1 ${status} X\r\nContent-Length: ${method === 'HEAD' ? 5 : page.length}\r\n\r\n${page}`,
      ),
    );
    writeFileSync(downloader.path, 'old');
    const completion = await downloader.fetch(server.url(), { method });
    expect([completion.result, completion.responseCode]).toEqual([Result.SUCCESS, status]);
    expect(Buffer.from(completion.body).toString()).toBe(page);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('old');
  });

  test('of a long page the first MiB is the body', async ({ servers, downloader }) => {
    const head = 'HTTP/1.1 404 X\r\nContent-Length: 99999999\r\n\r\n';
    const server = await servers.raw([...answering(head + 'x'.repeat(2 ** 20 + 1)), { hold: true }]);
    const { result, responseCode, body } = await downloader.fetch(server.url());
    expect([result, responseCode, body.length]).toEqual([Result.SUCCESS, 404, 2 ** 20]);
    expect(downloader.names).toEqual([]);
  });

  test('redirects are followed, and their bodies go nowhere', async ({ servers, downloader }) => {
    const server = await servers.http();
    const url = server.url('/redirect/302?to=/redirect/301?to=/bytes/5&body=7');
    const { result, url: last } = await downloader.fetch(url);
    expect([result, last]).toEqual([Result.SUCCESS, server.url('/bytes/5')]);
    expect(downloader.sizeOf('file')).toBe(5);
  });
});

describe('bodySizeLimit counts for the file', () => {
  test.for([
    ['announced', '/bytes/5000'],
    ['not announced', '/chunked/5000?chunk=100'],
  ] as const)('%s', async ([what, path], { servers, downloader }) => {
    const server = await servers.http();
    const limited = { bodySizeLimit: 4999, keepPartial: true };
    const { result, responseCode } = await downloader.fetch(server.url(path), limited);
    expect([result, responseCode]).toEqual([Result.BODY_SIZE_LIMIT_EXCEEDED, 200]);
    // It is known at once, or when there is some of it.
    expect(downloader.names).toEqual(what === 'announced' ? [] : ['file.part']);
    expect((await downloader.fetch(server.url(path), { bodySizeLimit: 5000 })).result).toBe(Result.SUCCESS);
  });
});

describe('a link is followed', () => {
  test('to the file that it leads to', async ({ servers, downloader }) => {
    const server = await servers.http();
    mkdirSync(join(downloader.folder, 'other', 'deep'), { recursive: true });
    writeFileSync(join(downloader.folder, 'other', 'real'), 'old');
    symlinkSync(join('other', 'deep'), join(downloader.folder, 'way'));
    // Behind a link `..` is the folder above where that leads.
    symlinkSync('way/../real', downloader.path);
    expect((await downloader.fetch(server.url('/bytes/5'))).result).toBe(Result.SUCCESS);
    expect(readlinkSync(downloader.path)).toBe('way/../real');
    expect(downloader.names).toEqual(['file', 'other', 'way']);
    expect(downloader.sizeOf('other/real')).toBe(5);
  });

  test('to where nothing is yet', async ({ servers, downloader }) => {
    const server = await servers.http();
    mkdirSync(join(downloader.folder, 'other'));
    symlinkSync(join('other', 'real'), downloader.path);
    expect((await downloader.fetch(server.url('/bytes/5'))).result).toBe(Result.SUCCESS);
    expect(downloader.names).toEqual(['file', 'other']);
    expect(downloader.sizeOf('other/real')).toBe(5);
  });
});

test('the new file has the permissions of the one that it replaces', async ({ servers, downloader }) => {
  const server = await servers.http();
  writeFileSync(downloader.path, 'old');
  chmodSync(downloader.path, 0o626);
  await downloader.fetch(server.url('/bytes/5'));
  expect(statSync(downloader.path).mode & 0o777).toBe(0o626);
});

test('the file is never seen half written under its name', async ({ servers, downloader }) => {
  const [half, rest] = ['x'.repeat(200_000), 'y'.repeat(200_000)];
  const head = `${OK}Content-Length: 400000\r\n\r\n`;
  const server = await servers.raw([...answering(head + half), { waitFor: 'rest' }, { send: rest }]);
  writeFileSync(downloader.path, 'old');
  const download = downloader.start(server.url());
  await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(100_000));
  expect(downloader.text()).toBe('old');
  server.release('rest');
  await download.completed;
  expect(downloader.text()).toBe(half + rest);
  expect(downloader.names).toEqual(['file']);
});
