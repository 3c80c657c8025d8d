import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { runScript } from '../../../support/run-script.ts';
import type { Step } from '../../../support/servers.ts';
import { test } from './downloader.ts';

const SABOTAGE = new URL('../../../invariants/scripts/sabotage.mjs', import.meta.url).href;
const SCRIPT = new URL('./scripts/killed.mjs', import.meta.url);

const WHOLE = 'x'.repeat(200_000) + 'y'.repeat(100_000);
const OK = 'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 300000\r\n\r\n';
const HEAD: Step = { expectHead: true };
const BEGUN: Step[] = [HEAD, { send: `${OK}${WHOLE.slice(0, 250_000)}` }];

describe('what a download leaves behind that ends in the middle', () => {
  test.for<[string, string]>([
    ['kill', 'keep'],
    ['kill', ''],
    ['end', 'keep'],
    ['terminate', 'keep'],
    ['exit', 'keep'],
    ['throw', 'keep'],
    ['close', 'keep'],
  ])('%s, %s: the next one goes on or starts over', async ([deed, keep], { servers, downloader }) => {
    const server = await servers.raw([...BEGUN, { hold: true }]);
    const args = [deed, server.url(), downloader.path, keep];
    const run = await runScript(SCRIPT, { args, workerPreload: SABOTAGE });
    if (deed === 'kill') expect(run.signal).toBe('SIGKILL');
    else if (deed !== 'end') expect(JSON.parse(run.stdout)[0]).toBe(Result.CONNECTION_ERROR);
    const from = downloader.sizeOf('file.part');
    expect(from).toBeGreaterThanOrEqual(1000);
    expect(downloader.names).toEqual(keep ? ['file.part', 'file.part.json'] : ['file.part']);
    await server.close();
    const range = `Content-Range: bytes ${from}-299999/300000\r\nContent-Length: ${300_000 - from}`;
    const part = `HTTP/1.1 206 X\r\nETag: "v1"\r\n${range}\r\n\r\n${WHOLE.slice(from)}`;
    const { port } = server;
    const next = await servers.raw([HEAD, { send: keep ? part : `${OK}${WHOLE}` }, { hold: true }], { port });
    expect((await downloader.fetch(server.url(), { append: true })).result).toBe(Result.SUCCESS);
    const { received } = await next.connected();
    const asked = Buffer.from(received).toString('latin1');
    if (keep) expect(asked).toContain(`\r\nRange: bytes=${from}-\r\nIf-Range: "v1"\r\n`);
    else expect(asked).not.toMatch(/range/i);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe(WHOLE);
  });

  test.for(['close', 'exit', 'throw'])('nothing, where it can: %s', async (deed, { servers, downloader }) => {
    const server = await servers.raw([...BEGUN, { hold: true }]);
    const args = [deed, server.url(), downloader.path];
    const run = await runScript(SCRIPT, { args, workerPreload: SABOTAGE });
    expect(JSON.parse(run.stdout)[0]).toBe(Result.CONNECTION_ERROR);
    expect(downloader.names).toEqual([]);
  });
});
