import { describe, expect } from 'vitest';
import { runExample as run } from './support/run-example.ts';
import { test } from './support/servers.ts';
import { openSite } from './support/site.ts';

describe('many-clients.mjs', () => {
  test('spreads its clients over the threads', async ({ servers }) => {
    const server = await servers.http();
    const args = [server.url('/bytes/200000'), '6', '3'];
    const { stdout, stderr, code } = await run('many-clients', args);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toBe('18 requests over 6 connections (3 + 3)\n3600000 bytes of body\n');
    expect(server.counts).toMatchObject({ connections: 6, requests: 18 });
  });

  test('says that an answer is an error', async ({ servers }) => {
    const server = await servers.http();
    const { stderr, code } = await run('many-clients', [server.url('/status/404'), '2', '2']);
    expect([stderr, code]).toEqual(['the last answer was a 404\n'.repeat(2), 1]);
  });

  test('says why there is no connection', async ({ servers }) => {
    const url = `http://127.0.0.1:${await servers.refusedPort()}/`;
    const { stderr, code } = await run('many-clients', [url, '2', '2']);
    expect(stderr).toMatch(/^(.*nothing accepts connections there.*\n){2}$/);
    expect(code).toBe(1);
  });
});

describe('reconnect.mjs', () => {
  test('goes on when the server was restarted', async () => {
    // It keeps its port: in between another program could be given that.
    const site = await openSite((response, _request, count) => {
      if (count === 2) response.end('first', () => site.cut());
      else response.end(count < 2 ? 'first' : 'second');
    });
    const { stdout, code } = await run('reconnect', [site.url('/score'), '5', '200']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(200: first\n){1,2}(200: second\n){3,4}$/);
    expect(stdout.match(/\n/g)).toHaveLength(5);
    expect(site.connections()).toBe(2);
    expect(new Set(site.asked.map(({ line }) => line))).toEqual(new Set(['GET /score']));
  });

  test('connects anew after each failure, if they are not in a row', async () => {
    const site = await openSite((response, request, count) => {
      if (count % 2 === 1) request.socket.destroy();
      else response.end('here');
    });
    const { stdout, stderr, code } = await run('reconnect', [site.url(), '11', '1']);
    expect([stdout, code]).toEqual(['200: here\n'.repeat(11), 0]);
    expect(stderr).toMatch(/^(.+\n){11}$/);
  });

  test('gives up after ten failures in a row', async ({ servers }) => {
    const url = `http://127.0.0.1:${await servers.refusedPort()}/`;
    const { stdout, stderr, code } = await run('reconnect', [url, '5', '10']);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^(.*nothing accepts connections there.*\n){10}$/);
  });
});

describe('events.mjs', () => {
  const STREAM = { 'Content-Type': 'text/event-stream' };

  test('prints events, and connects again behind the last one', async () => {
    const site = await openSite((response, _request, count) => {
      if (count === 2) return response.writeHead(503).end();
      response.writeHead(200, STREAM);
      if (count > 2) return response.write('id: 9\ndata: again\n\n'); // and no end
      const bytes = Buffer.from(
        'retry: 10\n\n: comment\n\nevent: goal\nid: 7\ndata: Zoë\ndata: 2:1\n\ndata: more\n\ndata: cut',
      );
      const half = bytes.indexOf('ë') + 1; // inside a character
      // Late enough for the halves to be read one by one; if they are not, the test proves less, and passes.
      setTimeout(() => response.end(bytes.subarray(half)), 500);
      return response.write(bytes.subarray(0, half));
    });
    const { stdout, stderr, code } = await run('events', [site.url('/live?a=1'), '3']);
    expect([stdout, code]).toEqual(['goal: Zoë\n2:1\nmessage: more\nmessage: again\n', 0]);
    expect(stderr).toBe('the stream has ended (200)\nthe stream has ended (503)\n');
    const asked = site.asked.map(({ line, headers }) => [line, headers.accept, headers['last-event-id']]);
    const request = ['GET /live?a=1', 'text/event-stream'];
    expect(asked).toEqual([
      [...request, undefined],
      [...request, '7'],
      [...request, '7'],
    ]);
  });

  test('stops at a 204', async () => {
    const site = await openSite((response) => response.writeHead(204).end());
    expect(await run('events', [site.url()])).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(site.asked.length).toBe(1);
  });

  test('stops at a 404', async () => {
    const site = await openSite((response) => response.writeHead(404).end());
    const stderr = 'the stream has ended (404)\n';
    expect(await run('events', [site.url()])).toEqual({ stdout: '', stderr, code: 1 });
  });

  test('gives up after five failures in a row', async ({ servers }) => {
    const url = `http://127.0.0.1:${await servers.refusedPort()}/`;
    const { stdout, stderr, code } = await run('events', [url]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^(.*nothing accepts connections there.*\n){5}$/);
  });
});
