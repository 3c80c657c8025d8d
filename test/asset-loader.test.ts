import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import { eventually } from './support/eventually.ts';
import { type RunOptions, runScript } from './support/run-script.ts';
import { test } from './support/servers.ts';

const FILES = 2000;
const CONNECTIONS = 6;
/** From here on the server answers nothing while it holds. */
const HELD = 1000;
/** In the middle of its body the server waits while it holds. */
const LARGE = 'level 0/#7 größer?.bin';

const run = (args: string[], options: RunOptions = {}) =>
  runScript('examples/asset-loader/main.mjs', { args, deadline: 60_000, ...options });

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-assets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What is in a folder and those below it; `/` between their names. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}

/** Bytes of all assets, by name, in the order of the manifest. One is empty. */
function makeAssets(): Map<string, Buffer> {
  const names = Array.from(
    { length: FILES },
    (_none, index) => `level ${Math.floor(index / 500)}/${index}.bin`,
  );
  const assets = new Map(names.map((name, index) => [name, randomBytes((index * 37) % 3000)]));
  assets.delete('level 0/7.bin');
  return new Map([[LARGE, randomBytes(1_000_000)], ...assets]);
}

const hasBegun = (part: string) => existsSync(part) && statSync(part).size > 0;
const hasAll = (folder: string, names: string[]) => names.every((name) => existsSync(join(folder, name)));

/** Settles when it is so, or long after it should have been: what is expected of the run tells then what was missing. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 50_000; !isSo() && performance.now() < end; ) await sleep(20);
}

interface Asked {
  readonly name: string;
  readonly range: string | undefined;
  readonly ifRange: IncomingHttpHeaders[string];
}

/** A server of assets, that holds some back until `release()`. */
async function serveAssets(assets: Map<string, Buffer>) {
  const asked: Asked[] = [];
  const names = Array.from(assets.keys());
  const counts = { opened: 0, open: 0 };
  const world = { holds: true, overtaking: 0 };
  /** What was sent whole while it held others back. */
  const sent = new Set<string>();
  const send = (response: ServerResponse, body: Buffer, hold: boolean) => {
    if (hold) response.write(body.subarray(0, body.length / 2));
    else response.end(body);
  };
  const server = createServer(({ url = '', headers }, response) => {
    const name = url.split('/').map(decodeURIComponent).slice(1).join('/');
    const manifest = names.map((each) => ({ name: each, size: assets.get(each)?.length }));
    asked.push({ name, range: headers.range, ifRange: headers['if-range'] });
    if (name === 'manifest.json') return void response.end(JSON.stringify(manifest));
    const body = assets.get(name);
    if (!body) return void response.writeHead(404).end();
    if (world.holds && name !== LARGE) {
      // Requests may overtake each other on their way: what comes before the early ones were asked for is not held.
      if (names.indexOf(name) >= HELD && sent.size === HELD - 1 + world.overtaking) return;
      if (names.indexOf(name) >= HELD) world.overtaking += 1;
      sent.add(name);
    }
    response.setHeader('ETag', '"1"');
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from >= body.length && from > 0) {
      return void response.writeHead(416, { 'Content-Range': `bytes */${body.length}` }).end();
    }
    if (from > 0) {
      response.statusCode = 206;
      response.setHeader('Content-Range', `bytes ${from}-${body.length - 1}/${body.length}`);
    }
    response.setHeader('Content-Length', body.length - from);
    send(response, body.subarray(from), world.holds && name === LARGE);
  });
  // The program decides how long an idle connection lives, however long the machine stands still.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    counts.opened += 1;
    counts.open += 1;
    socket.on('close', () => (counts.open -= 1));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { manifest: `http://127.0.0.1:${port}/manifest.json`, asked, counts, world, sent };
}

test('goes on after Ctrl-C, in the middle of a file too', { timeout: 120_000 }, async () => {
  const folder = newFolder();
  const assets = makeAssets();
  const { manifest, asked, counts, world, sent } = await serveAssets(assets);
  const names = Array.from(assets.keys());
  const part = join(folder, `${LARGE}.part`);

  const hasAllSent = () => sent.size >= HELD - 1 && hasAll(folder, [...sent]);
  const stopped = await run([folder, manifest], {
    interruptAfter: until(() => hasBegun(part) && hasAllSent()),
  });
  expect(stopped.stderr).toBe('');
  const told = Number(Array.from(stopped.stdout.matchAll(/(\d+) of 2000 files {2}/g)).at(-1)?.[1]);
  // On each connection a file may be there already, of which the program was not told yet.
  expect(told).toBeLessThanOrEqual(sent.size);
  expect(told).toBeGreaterThanOrEqual(sent.size - CONNECTIONS);
  expect(stopped.stdout).toMatch(/\nStopped\. The same command goes on from here\.\n$/);
  expect(stopped.code).toBe(130);
  const { size } = statSync(part);
  expect(filesIn(folder).sort()).toEqual([...sent, `${LARGE}.part`, `${LARGE}.part.json`].sort());

  await eventually(() => expect(counts.open).toBe(0));
  world.holds = false;
  asked.length = 0;
  counts.opened = 0;
  const resumed = await run([folder, manifest]);
  expect([resumed.stderr, resumed.code]).toEqual(['', 0]);
  expect(resumed.stdout).toContain(`${sent.size} of ${FILES} files are in ${folder}\n`);
  expect(resumed.stdout).toMatch(
    /█ 2000 of 2000 files .*\n\d+ frames in .*, 99 % of them at most .* ms late\n$/,
  );
  const missing = names.filter((name) => !sent.has(name));
  expect(asked.map(({ name }) => name).sort()).toEqual(['manifest.json', ...missing].sort());
  expect(asked.filter(({ range }) => range)).toEqual([
    { name: LARGE, range: `bytes=${size}-`, ifRange: '"1"' },
  ]);
  expect(filesIn(folder).sort()).toEqual(names.toSorted());
  expect(names.filter((name) => assets.get(name)?.compare(readFileSync(join(folder, name))) !== 0)).toEqual(
    [],
  );
  expect(counts.opened).toBe(CONNECTIONS);

  asked.length = 0;
  const again = await run([folder, manifest]);
  expect([again.stdout, again.code]).toEqual([`2000 of 2000 files are in ${folder}\n`, 0]);
  expect(asked.map(({ name }) => name)).toEqual(['manifest.json']);
});

test('takes a file that was all there but for its name', { timeout: 120_000 }, async () => {
  const folder = newFolder();
  const body = randomBytes(1_000_000);
  const { manifest, asked, world } = await serveAssets(new Map([[LARGE, body]]));
  const part = join(folder, `${LARGE}.part`);
  await run([folder, manifest], { interruptAfter: until(() => hasBegun(part)) });
  appendFileSync(part, body.subarray(statSync(part).size));

  world.holds = false;
  const { stderr, code } = await run([folder, manifest]);
  expect(asked.at(-1)).toEqual({ name: LARGE, range: 'bytes=1000000-', ifRange: '"1"' });
  expect([stderr, code]).toEqual(['', 0]);
  expect(filesIn(folder)).toEqual([LARGE]);
  expect(body.compare(readFileSync(join(folder, LARGE)))).toBe(0);
});

test('brings its own server', { timeout: 120_000 }, async () => {
  const folder = newFolder();
  const { stdout, stderr, code } = await run([folder]);
  expect([stderr, code]).toEqual(['', 0]);
  expect(stdout).not.toMatch(/[\r\u001b]/);
  expect(stdout).toContain(' 2000 of 2000 files  114.7 MB');
  expect(filesIn(folder).filter((name) => /^level-[1-8]\/asset-\d{4}\.bin$/.test(name)).length).toBe(2000);
});

describe('what goes wrong', () => {
  /** A manifest, and nothing else. */
  async function serveManifest(manifest: unknown): Promise<string> {
    const server = createServer(({ url }, response) => {
      if (url === '/manifest.json') response.end(JSON.stringify(manifest));
      else response.writeHead(404).end('not here');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/manifest.json`;
  }

  test('says why when there is no server', async ({ servers }) => {
    const port = await servers.refusedPort();
    const { stderr, code } = await run([newFolder(), `http://127.0.0.1:${port}/manifest.json`]);
    expect(stderr).toContain('nothing accepts connections there');
    expect(code).toBe(1);
  });

  test('names the files that are missing', async () => {
    const folder = newFolder();
    const { stderr, code } = await run([folder, await serveManifest([{ name: 'a/b.bin', size: 8 }])]);
    expect(stderr).toBe(
      `${join(folder, 'a', 'b.bin')}: the server answered 404\n` +
        '1 files are missing. The same command tries again.\n',
    );
    expect(code).toBe(1);
    expect(filesIn(folder)).toEqual([]);
  });

  test.for(['../b.bin', '/b.bin', 'a/../../b.bin', '', '.'])(
    'writes nothing for the name %j',
    async (name) => {
      const folder = join(newFolder(), 'assets');
      const { stderr, code } = await run([folder, await serveManifest([{ name, size: 8 }])]);
      expect(stderr).toContain('the manifest names a file that is not in the folder');
      expect(code).toBe(1);
      expect(existsSync(folder)).toBe(false);
    },
  );
});
