import { randomBytes } from 'node:crypto';
import { describe, expect } from 'vitest';
import { eventually } from './support/eventually.ts';
import { test } from './support/folder.ts';
import { fillPattern } from './support/pattern.mjs';
import { runExample as run, until } from './support/run-example.ts';
import { type Answer, openSite } from './support/site.ts';

describe.each([
  ['download', 'file'],
  ['post-json', '{}'],
  ['retry', '1'],
  ['resume', 'file'],
  ['cancel', '60'],
])('%s.mjs', (program, second) => {
  test('says why when there is no server', async ({ servers }) => {
    const port = await servers.refusedPort();
    const { stdout, stderr, code } = await run(program, [`http://127.0.0.1:${port}/`, second]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('nothing accepts connections there');
  });

  test('says why a URL is refused', async () => {
    const { stdout, stderr, code } = await run(program, []);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('url has no scheme');
  });
});

describe('download.mjs', () => {
  const SIZE = 3_000_000;

  test('shows the progress, and leaves the whole file', async ({ servers, folder }) => {
    const server = await servers.http();
    const file = folder.at('level.bin');
    const { stdout, stderr, code } = await run('download', [server.url(`/bytes/${SIZE}`), file]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(/\r3\.0 MB of 3\.0 MB, 100 %\n/);
    expect(stdout).toMatch(/\/level\.bin is complete\n$/);
    expect(folder.names).toEqual(['level.bin']);
    expect(folder.bytes('level.bin').equals(fillPattern(Buffer.alloc(SIZE)))).toBe(true);
  });

  test('shows the bytes where the size is not known', async ({ servers, folder }) => {
    const server = await servers.http();
    const { stdout, code } = await run('download', [server.url(`/chunked/${SIZE}`), folder.at('level.bin')]);
    expect(stdout).toMatch(/\r3\.0 MB\n.*is complete\n$/);
    expect(code).toBe(0);
  });

  test.for(['404', '204'])('leaves no file after a %s', async (answer, { servers, folder }) => {
    const server = await servers.http();
    const { stderr, code } = await run('download', [server.url(`/status/${answer}`), folder.at('level.bin')]);
    expect([stderr, code]).toEqual([`the server answered ${answer}\n`, 1]);
    expect(folder.names).toEqual([]);
  });

  test('leaves no file when the download breaks off', async ({ servers, folder }) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n';
    const server = await servers.raw([{ expectHead: true }, { send: `${head}half` }, { end: true }]);
    const { stderr, code } = await run('download', [server.url('/'), folder.at('level.bin')]);
    expect(stderr).toContain('(TRUNCATED_BODY)');
    expect(code).toBe(1);
    expect(folder.names).toEqual([]);
  });

  test('says that there is no such folder', async ({ servers, folder }) => {
    const server = await servers.http();
    const { stderr, code } = await run('download', [server.url('/bytes/5'), folder.at('none/level.bin')]);
    expect(stderr).toContain('its folder does not exist');
    expect(code).toBe(1);
  });
});

describe('post-json.mjs', () => {
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  test('sends JSON, and prints the JSON that comes back', async () => {
    const site = await openSite((response) => response.writeHead(201, JSON_TYPE).end('{"rank":7}'));
    const args = [site.url('/scores'), '{ "name": "Zoë",\n "score": 3 }'];
    expect(await run('post-json', args)).toEqual({ stdout: '201 { rank: 7 }\n', stderr: '', code: 0 });
    expect(site.asked).toMatchObject([
      {
        line: 'POST /scores',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Zoë","score":3}',
      },
    ]);
  });

  test('takes an empty answer', async () => {
    const site = await openSite((response) => response.writeHead(204).end());
    const expected = { stdout: '204 nothing\n', stderr: '', code: 0 };
    expect(await run('post-json', [site.url('/scores')])).toEqual(expected);
  });

  test('prints what the server says about a 422', async () => {
    const site = await openSite((response) => response.writeHead(422).end('{"error":"no such player"}'));
    const stderr = 'the server answered 422: {"error":"no such player"}\n';
    expect(await run('post-json', [site.url('/scores')])).toEqual({ stdout: '', stderr, code: 1 });
  });

  test('says that an answer is no JSON', async () => {
    const site = await openSite((response) => response.end('<html>'));
    const { stdout, stderr, code } = await run('post-json', [site.url('/scores')]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('SyntaxError');
    expect(stderr).toContain(`http://127.0.0.1:${site.port}`);
  });

  test('sends nothing that is no JSON', async () => {
    const site = await openSite((response) => response.end());
    const { stderr, code } = await run('post-json', [site.url('/scores'), '{ name }']);
    expect(stderr).toContain('SyntaxError');
    expect(code).toBe(1);
    expect(site.asked).toEqual([]);
  });
});

describe('retry.mjs', () => {
  const pausesIn = (text: string) =>
    Array.from(text.matchAll(/again in (\d+) ms\n/g), ([, pause]) => Number(pause));

  test('asks again after what may pass', async () => {
    const answers = [503, 429, 502, 504, 200];
    const site = await openSite((response, _request, count) =>
      response.writeHead(answers[count - 1] ?? 0).end(`answer ${count}`),
    );
    const { stdout, stderr, code } = await run('retry', [site.url('/news'), '100']);
    expect([stdout, code]).toEqual(['answer 5\n', 0]);
    expect(stderr).toMatch(/^(the server answered (503|429|502|504)\nagain in \d+ ms\n){4}$/);
    const pauses = pausesIn(stderr);
    // Each pause is at least half of what is its most, and that is twice the one before.
    expect(pauses.map((pause, index) => pause >= 50 * 2 ** index && pause <= 100 * 2 ** index)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(site.asked.map(({ line }) => line)).toEqual(Array(5).fill('GET /news'));
  });

  test('asks again after a connection that was lost', async () => {
    const site = await openSite((response, request, count) => {
      if (count === 1) request.socket.destroy();
      else response.end('here');
    });
    const { stdout, stderr, code } = await run('retry', [site.url(), '10']);
    expect([stdout, code]).toEqual(['here\n', 0]);
    expect(stderr).toMatch(/^.*\nagain in \d+ ms\n$/);
    expect(site.asked.length).toBe(2);
  });

  test.for<[string, () => string]>([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('waits as Retry-After says, in %s', async ([, retryAfter]) => {
    const times: number[] = [];
    const site = await openSite((response, _request, count) => {
      times.push(performance.now());
      if (count === 1) response.writeHead(503, { 'Retry-After': retryAfter() }).end();
      else response.end('here');
    });
    const { stdout, stderr, code } = await run('retry', [site.url(), '1']);
    expect([stdout, code]).toEqual(['here\n', 0]);
    expect(stderr).toMatch(/^the server answered 503 .+\nagain in \d+ ms\n$/);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900);
    expect(pausesIn(stderr)[0]).toBeLessThanOrEqual(2000);
  });

  test.for([
    ['404', {}, 'the server answered 404\n'],
    ['503', { 'Retry-After': '3600' }, 'the server answered 503 3600\n'],
  ] as const)('asks once where the answer is %s %j', async ([status, headers, stderr]) => {
    const site = await openSite((response) => response.writeHead(Number(status), headers).end());
    expect(await run('retry', [site.url(), '1'])).toEqual({ stdout: '', stderr, code: 1 });
    expect(site.asked.length).toBe(1);
  });

  test('gives up after five attempts', async () => {
    const site = await openSite((response) => response.writeHead(503).end());
    const { stderr, code } = await run('retry', [site.url(), '1']);
    expect(stderr).toMatch(/^(the server answered 503\nagain in \d+ ms\n){4}the server answered 503\n$/);
    expect(code).toBe(1);
    expect(site.asked.length).toBe(5);
  });
});

describe('resume.mjs', () => {
  const BYTES = randomBytes(300_000);

  /** Sends `BYTES` with a length, and breaks off after `most` of them; where it can, from where it is asked. */
  const sending = (most: number, etag: string | null): Answer => {
    return (response, { headers, socket }) => {
      const from = etag === null ? 0 : Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      if (etag !== null) response.setHeader('ETag', etag);
      if (from > 0) {
        response.statusCode = 206;
        response.setHeader('Content-Range', `bytes ${from}-${BYTES.length - 1}/${BYTES.length}`);
      }
      response.setHeader('Content-Length', BYTES.length - from);
      if (from + most < BYTES.length) {
        response.write(BYTES.subarray(from, from + most), () => socket.destroySoon());
      } else response.end(BYTES.subarray(from));
    };
  };

  test('goes on where the connection has broken off, as often as there is progress', async ({ folder }) => {
    const site = await openSite(sending(40_000, '"1"'));
    const file = folder.at('level.bin');
    const { stdout, stderr, code } = await run('resume', [site.url(), file]);
    expect([stdout, code]).toEqual([`${file} is complete. The last attempt got 20000 bytes (206).\n`, 0]);
    expect(stderr).toMatch(/^(.*TRUNCATED_BODY.*\nthis attempt got 40000 bytes; going on\n){7}$/);
    const starts = [undefined, ...[1, 2, 3, 4, 5, 6, 7].map((count) => `bytes=${count * 40_000}-`)];
    expect(site.asked.map(({ headers }) => headers.range)).toEqual(starts);
    expect(folder.bytes('level.bin').equals(BYTES)).toBe(true);
    expect(folder.names).toEqual(['level.bin']);
  });

  test('gives up where the server can only start over', async ({ folder }) => {
    const site = await openSite(sending(40_000, null));
    const { stdout, stderr, code } = await run('resume', [site.url(), folder.at('level.bin')]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/TRUNCATED_BODY.*\n$/);
    expect(site.asked.map(({ headers }) => headers.range)).toEqual(Array(5).fill(undefined));
    expect(folder.names).not.toContain('level.bin');
  });

  test('goes on after Ctrl-C', async ({ folder }) => {
    const answers = [sending(40_000, '"1"'), sending(BYTES.length, '"1"')];
    const site = await openSite((response, request, count) => {
      // The first answer stays incomplete.
      if (count > 1) return answers[1]?.(response, request, count);
      response.writeHead(200, { ETag: '"1"', 'Content-Length': BYTES.length });
      return response.write(BYTES.subarray(0, 140_000));
    });
    const file = folder.at('level.bin');
    const begun = until(() => folder.sizeOf('level.bin.part') > 0);
    await run('resume', [site.url(), file], { interruptAfter: begun });
    const size = folder.sizeOf('level.bin.part');
    const { stdout, code } = await run('resume', [site.url(), file]);
    expect([stdout, code]).toEqual([
      `${file} is complete. The last attempt got ${BYTES.length - size} bytes (206).\n`,
      0,
    ]);
    expect(site.asked[1]?.headers).toMatchObject({ range: `bytes=${size}-`, 'if-range': '"1"' });
    expect(folder.bytes('level.bin').equals(BYTES)).toBe(true);
  });

  test.for(['404', '204'])('asks once where the answer is a %s', async (answer, { folder }) => {
    const site = await openSite((response) => response.writeHead(Number(answer)).end());
    const { stdout, stderr, code } = await run('resume', [site.url(), folder.at('level.bin')]);
    expect([stdout, stderr, code]).toEqual(['', `the server answered ${answer}\n`, 1]);
    expect([site.asked.length, folder.names]).toEqual([1, []]);
  });
});

describe('cancel.mjs', () => {
  test('prints an answer that comes in time, and ends while a key could come', async () => {
    const site = await openSite((response) => response.end('here'));
    const noKey = new Promise(() => {});
    const printed = { stdout: 'here\n', stderr: '', code: 0 };
    expect(await run('cancel', [site.url(), '60'], { enterAfter: noKey })).toEqual(printed);
    expect(await run('cancel', [site.url(), '60'])).toEqual(printed);
  });

  test('cancels when a key comes', async () => {
    let closed = false;
    const site = await openSite((response) => {
      response.on('close', () => (closed = true));
      response.write('some, and no end');
    });
    const enterAfter = until(() => site.asked.length === 1);
    const stderr = 'You have cancelled the request.\n';
    expect(await run('cancel', [site.url(), '60'], { enterAfter })).toEqual({ stdout: '', stderr, code: 1 });
    await eventually(() => expect(closed).toBe(true));
  });

  test('cancels when the time is over', async () => {
    const site = await openSite((response) => response.write('some, and no end'));
    const stderr = 'There was no whole answer in 0.5 s.\n';
    expect(await run('cancel', [site.url(), '0.5'])).toEqual({ stdout: '', stderr, code: 1 });
    expect(site.asked.length).toBe(1);
  });

  test('says why there is no answer', async () => {
    const site = await openSite((response) => response.writeHead(404).end());
    const stderr = 'the server answered 404\n';
    expect(await run('cancel', [site.url(), '60'])).toEqual({ stdout: '', stderr, code: 1 });
  });
});
