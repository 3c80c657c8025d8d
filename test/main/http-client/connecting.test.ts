import { ErrorCode, HTTPClient, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { connect, get, pollUntil, settled, turn, UNKNOWN_NAME } from '../../support/client.ts';
import { runScript } from '../../support/run-script.ts';
import { type Servers, startServers, test } from '../../support/servers.ts';

/** For worker threads: every name has these two addresses. */
const TWO_ADDRESSES = `data:text/javascript,import dns from 'node:dns'; dns.promises.lookup = async () =>
  [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }];`;

/** The statuses that polling shows, each once, in order, from the one there is to one that lasts. */
async function watch(http: HTTPClient): Promise<string[]> {
  const seen = [http.getStatus()];
  const names = Object.entries(Status).map(([name]) => name);
  await pollUntil(http, 'a status that lasts', () => {
    if (http.getStatus() !== seen.at(-1)) seen.push(http.getStatus());
    return seen.at(-1) !== Status.RESOLVING && seen.at(-1) !== Status.CONNECTING;
  });
  return seen.map((status) => names[status] ?? `${status}`);
}

/** Polls until `status`, which `error` must tell, with that poll and all later ones, and its reason. */
async function expectFailure(
  http: HTTPClient,
  status: keyof typeof Status,
  failure: { phase: string; code: string },
  error: ErrorCode,
): Promise<void> {
  const poll = vi.spyOn(http, 'poll');
  await pollUntil(http, 'the failure', () => http.getStatus() === Status[status]);
  expect(http.isFailed()).toBe(true);
  expect(poll).toHaveLastReturnedWith(error);
  expect(http.getLastError()).toEqual({
    ...failure,
    message: expect.stringContaining(failure.code),
    request: null,
  });
  for (let i = 0; i < 3; i++) {
    expect(http.poll()).toBe(error);
    await turn();
  }
  expect(http.getStatus()).toBe(Status[status]);
  expect(http.getLastError()).toMatchObject(failure);
}

let shared: Servers;
beforeAll(async () => {
  shared = await startServers();
});
afterAll(() => shared.close());

describe('connecting', () => {
  const { RESOLVING, CONNECTING } = Status;

  test.each<[string, string, Status, string[]]>([
    ['127.0.0.1', '127.0.0.1', CONNECTING, ['CONNECTING', 'CONNECTED']],
    ['http://127.0.0.1', '127.0.0.1', CONNECTING, ['CONNECTING', 'CONNECTED']],
    ['::1', '::1', CONNECTING, ['CONNECTING', 'CONNECTED']],
    ['[::1]', '::1', CONNECTING, ['CONNECTING', 'CONNECTED']],
    ['hTTp://[::1]', '::1', CONNECTING, ['CONNECTING', 'CONNECTED']],
    ['localhost', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    // The loopback by themselves (RFC 6761 section 6.3), at whichever address somebody listens.
    ['app.localhost', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    ['app.localhost', '::1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    ['http://App.LocalHost.', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    ['localhost.', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    ['http://LOCALHOST', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
    // Another way to write an address: the worker reads it, as a browser would.
    ['127.1', '127.0.0.1', RESOLVING, ['RESOLVING', 'CONNECTED']],
  ])('to %s leads to CONNECTED', async (host, listen, atOnce, passed) => {
    const server = await shared.http({ host: listen });
    const http = new HTTPClient();
    // `http://` is stronger than options for TLS.
    const options = /^http:/i.test(host) ? TLSOptions.client() : null;
    expect(http.connectToHost(host, server.port, options)).toBe(ErrorCode.OK);
    expect(http.getStatus()).toBe(atOnce);
    expect(http.isFailed()).toBe(false);
    expect(http.getLastError()).toBeNull();
    const seen = await watch(http);
    // CONNECTING may pass between two polls.
    expect(seen.filter((name) => name !== 'CONNECTING' || passed.includes(name))).toEqual(passed);
    expect(['RESOLVING', 'CONNECTING', 'CONNECTED'].filter((name) => seen.includes(name))).toEqual(seen);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
    expect(http.isFailed()).toBe(false);
    expect(server.counts).toMatchObject({ connections: 1, requests: 1 });
  });

  test.each<[string, Status, string | null]>([
    ['127.0.0.1', Status.CONNECTED, null],
    ['::1', Status.CONNECTED, null],
    ['neither', Status.CANT_CONNECT, 'ECONNREFUSED'],
  ])('to a name with addresses of both families tries both: a server at %s', async (at, status, code) => {
    const port = at === 'neither' ? await shared.refusedPort() : (await shared.http({ host: at })).port;
    const script = `import('tickhttp').then(({ HTTPClient }) => {
      const http = new HTTPClient();
      http.blockingModeEnabled = true;
      http.connectToHost('two.invalid', ${port});
      http.poll();
      console.log(JSON.stringify([http.getStatus(), http.getLastError()?.code ?? null]));
    })`;
    const { stdout, stderr } = await runScript('', {
      nodeArgs: ['--eval', script],
      workerPreload: TWO_ADDRESSES,
    });
    expect(stdout, stderr).toBe(`${JSON.stringify([status, code])}\n`);
  });

  test.for(['localhost', '127.1'])(
    'to %s shows CONNECTING after RESOLVING for as long as it takes, and poll() says OK',
    async (host, { servers }) => {
      const { port } = await servers.silent({ full: true });
      const http = new HTTPClient();
      http.connectToHost(host, port);
      expect(http.getStatus()).toBe(RESOLVING);
      await pollUntil(http, 'CONNECTING', () => http.getStatus() === CONNECTING);
      for (let i = 0; i < 100; i++) expect(http.poll()).toBe(ErrorCode.OK);
      expect(http.getStatus()).toBe(CONNECTING);
      http.close();
    },
  );

  test('changes nothing that the caller sees before it polls', async () => {
    const server = await shared.http();
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port);
    await server.connected();
    expect(http.getStatus()).toBe(CONNECTING);
    await pollUntil(http, 'CONNECTED', () => http.getStatus() === Status.CONNECTED);
    expect([http.poll(), http.hasResponse(), http.getStatus()]).toEqual([
      ErrorCode.OK,
      false,
      Status.CONNECTED,
    ]);
  });

  test('to a server that closes at once is CONNECTED for a poll, then CONNECTION_ERROR', async () => {
    const server = await shared.raw([{ destroy: true }]);
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port);
    await server.closed();
    expect(await watch(http)).toEqual(['CONNECTING', 'CONNECTED']);
    const failure = { phase: 'idle', code: 'CONNECTION_CLOSED' };
    await expectFailure(http, 'CONNECTION_ERROR', failure, ErrorCode.ERR_CONNECTION_ERROR);
  });
});

describe('a failure has its status, its code from poll() and its reason', () => {
  test('of a host that only the worker can judge: CANT_RESOLVE', async () => {
    const http = new HTTPClient();
    expect(http.connectToHost('::1%é', 80)).toBe(ErrorCode.OK);
    expect(http.getStatus()).toBe(Status.RESOLVING);
    expect(await settled(http)).toBe(Status.CANT_RESOLVE);
    expect(http.getLastError()).toMatchObject({ phase: 'resolve', code: 'INVALID_HOST' });
  });

  test.each(['127.0.0.1', '::1', 'localhost'])('%s refuses: CANT_CONNECT', async (host) => {
    const port = await shared.refusedPort(host === '::1' ? '::1' : '127.0.0.1');
    const http = new HTTPClient();
    expect(http.connectToHost(host, port)).toBe(ErrorCode.OK);
    const failure = { phase: 'connect', code: 'ECONNREFUSED' };
    await expectFailure(http, 'CANT_CONNECT', failure, ErrorCode.ERR_CANT_CONNECT);
    const peer = host === '::1' ? `[::1]:${port}` : `${host}:${port}`;
    expect(http.getLastError()?.message).toContain(peer);
  });

  test('an unknown name: CANT_RESOLVE', async () => {
    const http = new HTTPClient();
    expect(http.connectToHost(UNKNOWN_NAME, 80)).toBe(ErrorCode.OK);
    expect(http.getStatus()).toBe(Status.RESOLVING);
    const failure = { phase: 'resolve', code: 'ENOTFOUND' };
    await expectFailure(http, 'CANT_RESOLVE', failure, ErrorCode.ERR_CANT_RESOLVE);
    expect(http.getLastError()?.message).toContain(UNKNOWN_NAME);
  });

  test('no answer to the connection in time: CANT_CONNECT', async ({ servers }) => {
    const { host, port } = await servers.silent({ full: true });
    const http = new HTTPClient({ timeouts: { connect: 200 } });
    http.connectToHost(host, port);
    const failure = { phase: 'connect', code: 'CONNECT_TIMEOUT' };
    await expectFailure(http, 'CANT_CONNECT', failure, ErrorCode.ERR_CANT_CONNECT);
  });

  test('the time to connect is over with the connection: it does not end an idle one', async ({
    servers,
  }) => {
    const { host, port } = await servers.silent({ full: true });
    const server = await servers.http();
    const timeouts = { connect: 1000 };
    const http = await connect(server, { timeouts });
    const later = new HTTPClient({ timeouts });
    later.connectToHost(host, port);
    expect(await settled(later)).toBe(Status.CANT_CONNECT);
    expect(http.poll()).toBe(ErrorCode.OK);
    expect((await get(http, '/bytes/3')).status).toBe(Status.CONNECTED);
  });

  test.each<[string, { end: true } | { reset: true } | { send: string }, string]>([
    ['closes', { end: true }, 'CONNECTION_CLOSED'],
    ['breaks off', { reset: true }, 'ECONNRESET'],
    ['says what nobody asked for', { send: 'HTTP/1.1 200 OK\r\n\r\n' }, 'UNSOLICITED_DATA'],
  ])('the server %s while idle: CONNECTION_ERROR, the last response stays', async (_what, step, code) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kept: yes\r\n\r\nhi';
    const server = await shared.raw([{ expectHead: true }, { send: answer }, { waitFor: 'go' }, step]);
    const http = await connect(server);
    expect(await get(http, '/')).toMatchObject({ code: 200, status: Status.CONNECTED });
    server.release('go');
    await expectFailure(http, 'CONNECTION_ERROR', { phase: 'idle', code }, ErrorCode.ERR_CONNECTION_ERROR);
    expect([http.getResponseCode(), http.getResponseHeader('x-kept')]).toEqual([200, 'yes']);
  });
});
