import { Result } from 'tickhttp';
import { describe, expect } from 'vitest';
import { type Folder, test } from '../support/folder.ts';
import { checkPattern } from '../support/pattern.mjs';
import { type RunResult, runScript } from '../support/run-script.ts';

const SABOTAGE = new URL('../invariants/scripts/sabotage.mjs', import.meta.url).href;

const LENGTH = 1_000_000;
const WHOLE = `/bytes/${LENGTH}?etag=v1`;
/** Most of it comes, and then nothing more. */
const STOPS = `${WHOLE}&stop=700000`;

interface Killed {
  readonly deed: string;
  readonly keep: 'keep' | 'plain';
  readonly urls: readonly [first: string, next: string];
}

function run(folder: Folder, { deed, keep, urls }: Killed): Promise<RunResult> {
  const args = [deed, keep, folder.at('file'), ...urls];
  const options = { args, workerPreload: SABOTAGE, deadline: 40_000 };
  return runScript('test/programs/scripts/killed-download.mjs', options);
}

function told({ stdout, stderr }: RunResult): unknown {
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

const COMPLETE = { result: Result.SUCCESS, ok: true, names: ['file'] };

function expectWhole(folder: Folder): void {
  expect(folder.sizeOf('file')).toBe(LENGTH);
  checkPattern(folder.bytes('file'));
}

describe('a process that is killed in the middle of a download', () => {
  test('leaves the part and its record, and the next one goes on with it', async ({ servers, folder }) => {
    const server = await servers.http();
    const urls = [server.url(STOPS), '-'] as const;
    expect((await run(folder, { deed: 'kill', keep: 'keep', urls })).signal).toBe('SIGKILL');
    expect(folder.names).toEqual(['file.part', 'file.part.json']);
    const size = folder.sizeOf('file.part');
    expect(size).toBeGreaterThan(0);
    const next = await run(folder, { deed: 'none', keep: 'keep', urls });
    expect(told(next)).toEqual([{ ...COMPLETE, responseCode: 206, downloaded: LENGTH - size }]);
    expectWhole(folder);
  });

  test.for([
    ['that is not to be resumed', 'plain', WHOLE, ['file.part']],
    ['of another URL', 'keep', `${WHOLE}&another`, ['file.part', 'file.part.json']],
  ] as const)(
    'leaves a part %s, and the next one discards it',
    async ([, keep, another, left], { servers, folder }) => {
      const server = await servers.http();
      const urls = [server.url(STOPS), '-'] as const;
      expect((await run(folder, { deed: 'kill', keep, urls })).signal).toBe('SIGKILL');
      expect(folder.names).toEqual(left);
      const next = await run(folder, { deed: 'none', keep, urls: [server.url(another), '-'] });
      expect(told(next)).toEqual([{ ...COMPLETE, responseCode: 200, downloaded: LENGTH }]);
      expectWhole(folder);
    },
  );
});

describe('a thread that is lost in the middle of a download', () => {
  const LOST = { result: Result.CONNECTION_ERROR, ok: false, responseCode: 0 };
  const deeds = [
    ['exit', 'WORKER_EXITED'],
    ['throw', 'WORKER_EXITED'],
    ['terminate', 'WORKER_EXITED'],
    ['stuck', 'WORKER_UNRESPONSIVE'],
  ] as const;

  test.for(deeds)('%s: the next request goes on with it', async ([deed, code], { servers, folder }) => {
    const server = await servers.http();
    const urls = [server.url(STOPS), server.url(STOPS)] as const;
    const [lost, next] = JSON.parse((await run(folder, { deed, keep: 'keep', urls })).stdout);
    expect(lost).toMatchObject({ ...LOST, code, names: ['file.part', 'file.part.json'] });
    expect(next).toMatchObject({ ...COMPLETE, responseCode: 206 });
    expect(next.downloaded).toBeLessThan(LENGTH);
    expectWhole(folder);
  });

  test.for(deeds)('%s: the next request starts over', async ([deed, code], { servers, folder }) => {
    const server = await servers.http();
    const urls = [server.url(STOPS), server.url(WHOLE)] as const;
    const [lost, next] = JSON.parse((await run(folder, { deed, keep: 'plain', urls })).stdout);
    expect(lost).toMatchObject({ ...LOST, code });
    // What ends of itself still can tidy up.
    expect(lost.names).toEqual(deed === 'exit' || deed === 'throw' ? [] : ['file.part']);
    expect(next).toEqual({ ...COMPLETE, responseCode: 200, downloaded: LENGTH });
    expectWhole(folder);
  });
});
