import { ErrorCode, HTTPRequest } from 'tickhttp';
import { describe, expect } from 'vitest';
import { test } from '../support/folder.ts';
import { runScript } from '../support/run-script.ts';

const LATE_OPENS = new URL('scripts/late-opens.mjs', import.meta.url).href;

describe('7. No promise stays pending, no thread and no handle stays behind after pool.close(), with downloads under way; parts are deleted, unless they are to be kept', () => {
  test.for([
    ['at once', 0],
    ['opening', 0],
    ['begun', 9],
  ] as const)('%s', async ([when, kept], { servers, folder }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/closed-downloads.mjs', {
      args: [when, server.url(''), folder.path],
      ...(when === 'opening' && { workerPreload: LATE_OPENS }),
    });
    expect(run.stderr).toBe('');
    const { names, milliseconds, ...rest } = JSON.parse(run.stdout);
    expect(rest).toEqual({ told: ['4 POOL_CLOSED'], workersLeft: 0, resources: [] });
    expect(milliseconds).toBeLessThan(3000);
    expect(names.filter((name: string) => !/^kept\d+\.part(?:\.json)?$/.test(name))).toEqual([]);
    const parts = names.filter((name: string) => name.endsWith('.part'));
    expect(parts.length).toBeGreaterThanOrEqual(kept);
    expect(run.code).toBe(0);
  });
});

describe('8. The process exits when the program ends, with downloads under way; it stays for those that are awaited', () => {
  test.for([
    ['just started', 0, ''],
    ['begun', 0, ''],
    ['exit', 3, ''],
    ['awaited', 0, 'awaited true\n'],
  ] as const)('%s', async ([state, code, told], { servers, folder }) => {
    const server = await servers.http();
    const args = [state, server.url(''), folder.path];
    const run = await runScript('test/invariants/scripts/open-downloads.mjs', { args });
    expect([run.code, run.stderr, run.stdout]).toEqual([code, '', `the last line\n${told}`]);
    // Never a file that is half there; a part may be left, for the next one.
    const left = folder.names.filter((name) => !name.endsWith('.part'));
    expect(left).toEqual(state === 'awaited' ? ['awaited'] : []);

    const http = new HTTPRequest();
    http.downloadFile = folder.at('1');
    expect(http.request(server.url('/bytes/5'))).toBe(ErrorCode.OK);
    expect((await http.completed()).ok).toBe(true);
    expect([folder.sizeOf('1'), folder.sizeOf('1.part')]).toEqual([5, -1]);
  });
});
