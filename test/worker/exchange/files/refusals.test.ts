import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { eventually } from '../../../support/eventually.ts';
import type { Step } from '../../../support/servers.ts';
import { test } from './downloader.ts';

const makeFifo = (path: string): void => void execFileSync('mkfifo', [path]);
const HEAD: Step = { expectHead: true };

/** Windows has no FIFOs, and links only for those who may make them. */
const posix = test.skipIf(process.platform === 'win32');

describe('what is no file is refused and left as it is', () => {
  posix.for<[string, string, (path: string) => void]>([
    ['a folder', 'file', (path) => mkdirSync(path)],
    ['a FIFO', 'file', makeFifo],
    ['a link to a folder', 'file', (path) => symlinkSync('.', path)],
    ['a link to itself', 'file', (path) => symlinkSync('file', path)],
    ['a FIFO in the place of the part', 'file.part', makeFifo],
    ['a link in the place of the part', 'file.part', (path) => symlinkSync('elsewhere', path)],
    ['a folder in the place of the part', 'file.part', (path) => mkdirSync(path)],
  ])('%s', async ([what, name, make], { servers, downloader }) => {
    const server = await servers.http();
    const path = join(downloader.folder, name);
    make(path);
    for (const append of [false, true]) {
      const { result, responseCode, failure } = await downloader.fetch(server.url('/bytes/5'), { append });
      expect([result, responseCode]).toEqual([Result.DOWNLOAD_FILE_CANT_OPEN, 200]);
      const code = what.includes('itself') ? 'ELOOP' : 'NOT_A_FILE';
      expect(failure).toMatchObject({ phase: 'body', code, request: 'answered' });
      expect(failure?.message).toContain(what.includes('itself') ? 'file' : path);
      expect(downloader.names).toEqual([name]);
    }
  });

  posix('also with a record, and when the rest comes', async ({ servers, downloader }) => {
    const head = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 10\r\n\r\n0123';
    const rest = 'HTTP/1.1 206 X\r\nETag: "v1"\r\nContent-Range: bytes 4-9/10\r\n\r\n456789';
    const server = await servers.raw([
      [HEAD, { send: head }, { end: true }],
      [HEAD, { waitFor: 'swapped' }, { send: rest }, { end: true }],
    ]);
    const keep = { keepPartial: true, append: true };
    await downloader.fetch(server.url(), keep);
    const download = downloader.start(server.url(), keep);
    await eventually(() => expect(server.counts.requests).toBe(2));
    unlinkSync(`${downloader.path}.part`);
    makeFifo(`${downloader.path}.part`);
    server.release('swapped');
    const { result, failure } = await download.completed;
    expect(result).toBe(Result.DOWNLOAD_FILE_CANT_OPEN);
    // A FIFO that nobody reads can't be opened for writing without waiting.
    expect(['NOT_A_FILE', 'ENXIO']).toContain(failure?.code);
  });

  test('but an answer that is not for the file is one all the same', async ({ servers, downloader }) => {
    const server = await servers.http();
    mkdirSync(downloader.path);
    const { result, responseCode } = await downloader.fetch(server.url('/status/404'));
    expect([result, responseCode]).toEqual([Result.SUCCESS, 404]);
  });
});

describe('where nothing can be written', () => {
  test.for([
    ['the folder is missing', ['missing', 'file'], 'ENOENT', /folder does not exist\. Create it first/],
    ['the folder is a file', ['other', 'file'], 'ENOTDIR', /path is a file/],
    ['the name is too long', ['x'.repeat(250)], 'ENAMETOOLONG', /too long/],
  ] as const)('%s', async ([, parts, code, message], { servers, downloader }) => {
    const server = await servers.http();
    writeFileSync(join(downloader.folder, 'other'), 'other');
    const path = join(downloader.folder, ...parts);
    const { result, responseCode, failure } = await downloader.fetch(server.url('/bytes/5'), { path });
    expect([result, responseCode]).toEqual([Result.DOWNLOAD_FILE_CANT_OPEN, 200]);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message), responseCode: 200 });
    expect(downloader.names).toEqual(['other']);
  });

  test('the disk is full', async ({ servers, downloader, skip }) => {
    const disk = join(downloader.folder, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('this needs a small disk, and only root may mount one');
    }
    try {
      const server = await servers.http();
      const path = join(disk, 'file');
      writeFileSync(path, 'old');
      for (const keepPartial of [false, true]) {
        const { result, responseCode, failure } = await downloader.fetch(server.url('/bytes/5000000'), {
          path,
          keepPartial,
        });
        expect([result, responseCode]).toEqual([Result.DOWNLOAD_FILE_WRITE_ERROR, 200]);
        expect(failure).toMatchObject({ code: 'ENOSPC', message: expect.stringContaining('disk is full') });
        expect(readdirSync(disk).sort()).toEqual(keepPartial ? ['file', 'file.part'] : ['file']);
      }
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('what somebody else does meanwhile', () => {
  const start: Step[] = [HEAD, { send: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234' }];
  const rest: Step[] = [{ waitFor: 'rest' }, { send: '56789' }];

  test.for<[string, string, (path: string) => void]>([
    ['another part', 'PART_CHANGED', (path) => writeFileSync(`${path}.part`, 'other')],
    ['no part', 'PART_CHANGED', () => {}],
  ])('%s is there: no file', async ([, code, put], { servers, downloader }) => {
    const server = await servers.raw([...start, ...rest]);
    const download = downloader.start(server.url());
    await eventually(() => expect(downloader.names).toEqual(['file.part']));
    unlinkSync(`${downloader.path}.part`);
    put(downloader.path);
    const names = downloader.names;
    server.release('rest');
    const { result, failure } = await download.completed;
    expect([result, failure?.code]).toEqual([Result.DOWNLOAD_FILE_WRITE_ERROR, code]);
    // It belongs to somebody else.
    expect(downloader.names).toEqual(names);
  });

  posix('a FIFO is there: no file, and it stays', async ({ servers, downloader }) => {
    const server = await servers.raw([...start, ...rest]);
    const download = downloader.start(server.url());
    await eventually(() => expect(downloader.names).toEqual(['file.part']));
    makeFifo(downloader.path);
    server.release('rest');
    const { result, failure } = await download.completed;
    expect([result, failure?.code]).toEqual([Result.DOWNLOAD_FILE_WRITE_ERROR, 'NOT_A_FILE']);
    expect(downloader.names).toEqual(['file']);
  });

  test('the file grows: it is replaced all the same', async ({ servers, downloader }) => {
    const server = await servers.raw([...start, ...rest]);
    writeFileSync(downloader.path, 'old');
    const download = downloader.start(server.url());
    await eventually(() => expect(downloader.names).toContain('file.part'));
    writeFileSync(downloader.path, 'old and longer than the new one');
    server.release('rest');
    expect((await download.completed).result).toBe(Result.SUCCESS);
    expect(downloader.text()).toBe('0123456789');
  });
});
