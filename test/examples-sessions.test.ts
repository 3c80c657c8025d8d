import { writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { test } from './support/folder.ts';
import { runExample as run } from './support/run-example.ts';
import { openSite } from './support/site.ts';

describe('cookies.mjs', () => {
  const html = (path: string) => `<html>${path}</html>`;

  test('sends each URL its cookies, and takes those of redirects', async () => {
    const other = await openSite((response) =>
      response.writeHead(303, { 'Set-Cookie': 'other=1; Path=/', Location: `${site.url('/welcome')}` }).end(),
    );
    const site = await openSite((response, { url = '' }) => {
      if (url === '/login') {
        const cookies = ['session=abc; Path=/; HttpOnly', 'old=1; Path=/', 'stranger=1; Domain=example.com'];
        const location = other.url('/').replace('127.0.0.1', 'localhost');
        response.writeHead(302, { 'Set-Cookie': cookies, Location: location }).end();
      } else if (url === '/welcome') {
        const cookies = ['old=; Path=/; Max-Age=0', 'hint=1; Path=/welcome'];
        response.writeHead(200, { 'Set-Cookie': cookies }).end();
      } else response.end(html(url));
    });
    const args = [site.url('/login'), site.url('/scores'), 'Zoë', 'p&=d'];
    expect(await run('cookies', args)).toEqual({ stdout: `${html('/scores')}\n`, stderr: '', code: 0 });
    expect(site.asked.map(({ line, headers }) => [line, headers.cookie])).toEqual([
      ['POST /login', undefined],
      ['GET /welcome', 'session=abc; old=1'],
      ['GET /scores', 'session=abc'],
    ]);
    expect(other.asked.map(({ line, headers }) => [line, headers.cookie])).toEqual([['GET /', undefined]]);
    const [first, second] = site.asked;
    expect(first).toMatchObject({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=Zo%C3%AB&password=p%26%3Dd',
    });
    expect([second?.body, second?.headers['content-type']]).toEqual(['', undefined]);
  });

  test('repeats the form after a 307', async () => {
    const site = await openSite((response, { url }, count) => {
      if (count === 1) response.writeHead(307, { 'Set-Cookie': 'a=1; Path=/', Location: '/login/' });
      response.end(url);
    });
    const { stdout, code } = await run('cookies', [site.url('/login'), site.url('/scores')]);
    expect([stdout, code]).toEqual(['/scores\n', 0]);
    expect(site.asked.map(({ line, body, headers }) => [line, body, headers.cookie])).toEqual([
      ['POST /login', 'name=godette&password=secret', undefined],
      ['POST /login/', 'name=godette&password=secret', 'a=1'],
      ['GET /scores', '', 'a=1'],
    ]);
  });

  test('asks for no page when the login fails', async () => {
    const site = await openSite((response) => response.writeHead(401).end());
    const { stdout, stderr, code } = await run('cookies', [site.url('/login'), site.url('/scores')]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toContain('/login: the server answered 401');
    expect(site.asked.length).toBe(1);
  });

  test('ends redirects that go round in a circle', async () => {
    const site = await openSite((response) => response.writeHead(302, { Location: '/login' }).end());
    const { stderr, code } = await run('cookies', [site.url('/login'), site.url('/scores')]);
    expect(stderr).toContain('too many redirects');
    expect(code).toBe(1);
    expect(site.asked.length).toBe(9);
  });

  test('does not follow a redirect that is not encrypted any more', async ({ servers, folder }) => {
    const site = await openSite((response) => response.end());
    const server = await servers.https();
    writeFileSync(folder.at('ca.pem'), (await servers.authority()).cert);
    const login = server.url(`/redirect/302?to=${encodeURIComponent(site.url())}`);
    const { stderr, code } = await run('cookies', [login, site.url('/scores')], {
      env: { NODE_EXTRA_CA_CERTS: folder.at('ca.pem') },
    });
    expect(stderr).toContain(`${site.url()} is not encrypted`);
    expect(code).toBe(1);
    expect([server.counts.requests, site.asked.length]).toEqual([1, 0]);
  });

  test('says why there is no answer', async ({ servers }) => {
    const url = `http://127.0.0.1:${await servers.refusedPort()}/`;
    const { stderr, code } = await run('cookies', [url, url]);
    expect(stderr).toContain('nothing accepts connections there');
    expect(code).toBe(1);
  });
});

describe('long-poll.mjs', () => {
  test('prints messages as they come, and asks for what comes behind them', async () => {
    const site = await openSite((response, request, count) => {
      if (count === 1 || count === 4) request.socket.destroy();
      else if (count === 2) response.end('[{"id":3,"text":"hello"},{"id":5,"text":"Zoë"}]');
      else if (count === 3) response.writeHead(204).end();
      else if (count === 5) response.writeHead(503).end();
      else response.end('[{"id":6,"text":"bye"}]');
    });
    const { stdout, stderr, code } = await run('long-poll', [site.url('/chat'), '3']);
    expect([stdout, code]).toEqual(['3: hello\n5: Zoë\n6: bye\n', 0]);
    // The fourth request was on a connection that had been kept: the worker has repeated it by itself.
    expect(stderr).toMatch(/^.*the connection.*\nthe server answered 503\n$/);
    expect(site.asked.map(({ line }) => line)).toEqual([
      ...Array(2).fill('GET /chat?after=0'),
      ...Array(4).fill('GET /chat?after=5'),
    ]);
  });

  test('uses one connection while nothing goes wrong', async () => {
    const site = await openSite((response, _request, count) => response.end(`[{"id":${count},"text":"."}]`));
    const { code } = await run('long-poll', [site.url('/chat'), '20']);
    expect([code, site.asked.length, site.connections()]).toEqual([0, 20, 1]);
    expect(site.asked.at(-1)?.line).toBe('GET /chat?after=19');
  });

  test('gives up after failures in a row only', async () => {
    const site = await openSite((response, _request, count) => {
      if (count % 2 === 1) response.writeHead(503).end();
      else response.end(`[{"id":${count},"text":"."}]`);
    });
    const { stderr, code } = await run('long-poll', [site.url('/chat'), '6']);
    expect([stderr, code]).toEqual(['the server answered 503\n'.repeat(6), 0]);
  });

  test.for([
    [404, 1],
    [503, 5],
  ] as const)('gives up where the answer is %i', async ([answer, attempts]) => {
    const site = await openSite((response) => response.writeHead(answer).end());
    const stderr = `the server answered ${answer}\n`.repeat(attempts);
    expect(await run('long-poll', [site.url('/chat')])).toEqual({ stdout: '', stderr, code: 1 });
    expect(site.asked.length).toBe(attempts);
  });

  test('says why a URL is refused, once', async () => {
    const { stdout, stderr, code } = await run('long-poll', []);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^url has no scheme: .*\n$/);
  });
});

describe('blocking.mjs', () => {
  test('prints what each URL answers, over one connection', async () => {
    const site = await openSite((response, { url }) => response.end(`answer to ${url}, ünïcödé`));
    const { stdout, stderr, code } = await run('blocking', [site.url('/a'), site.url('/b')]);
    expect(stdout).toBe('answer to /a, ünïcödé\nanswer to /b, ünïcödé\n');
    expect([stderr, code]).toEqual(['', 0]);
    expect(site.asked.map(({ line }) => line)).toEqual(['GET /a', 'GET /b']);
    expect(site.connections()).toBe(1);
  });

  test('sleeps while it waits', async () => {
    // The process's own, with its threads, in milliseconds.
    const report = "process.on('exit', () => console.error(process.cpuUsage().user / 1000))";
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
    const spent = async (wait: number): Promise<number> => {
      const site = await openSite((response) => setTimeout(() => response.end('late'), wait));
      const { stdout, stderr } = await run('blocking', [site.url()], { nodeArgs });
      expect(stdout).toBe('late\n');
      return Number(stderr);
    };
    // To start costs as much as the machine is slow: what counts is what the wait adds.
    const start = await spent(0);
    expect(start).toBeGreaterThan(10);
    expect((await spent(3000)) - start).toBeLessThan(1500);
  });

  test('says what has failed, and goes on', async ({ servers }) => {
    const site = await openSite((response, { url }) => response.writeHead(url === '/a' ? 200 : 404).end('a'));
    const refused = `http://127.0.0.1:${await servers.refusedPort()}/`;
    const args = [site.url('/none'), refused, 'ftp://127.0.0.1/', site.url('/a')];
    const { stdout, stderr, code } = await run('blocking', args);
    expect([stdout, code]).toEqual(['a\n', 1]);
    expect(stderr.split('\n')).toEqual([
      'the server answered 404',
      expect.stringContaining('nothing accepts connections there'),
      expect.stringContaining('url has the scheme "ftp"'),
      '',
    ]);
  });
});
