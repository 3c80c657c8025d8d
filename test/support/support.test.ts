import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import tls from 'node:tls';
import { describe, expect, onTestFinished } from 'vitest';
import { makeSelfSigned } from './certificates.mjs';
import { checkPattern, fillPattern, patternAt } from './pattern.mjs';
import { runScript } from './run-script.ts';
import { startServers, type TestServer, test } from './servers.ts';

async function responseTo(request: http.ClientRequest): Promise<http.IncomingMessage> {
  const [response] = await once(request, 'response');
  return response;
}

async function get(url: string, options: http.RequestOptions = {}, body?: string) {
  const request = http.request(url, options).end(body);
  const response = await responseTo(request);
  return { response, body: await buffer(response) };
}

function connect({ host, port }: { host: string; port: number }): net.Socket {
  const socket = net.connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => closed(socket.destroy()));
  return socket;
}

async function closed(socket: net.Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

async function connectSecurely({ host, port }: TestServer, options: tls.ConnectionOptions) {
  const socket = tls.connect({ host, port, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

// First, while no other test's keep-alive connections are about to close.
describe('the fixture', () => {
  test('leaves nothing open', async () => {
    const open = () => process.getActiveResourcesInfo().filter((kind) => /Worker|Port|TCP|TLS/.test(kind));
    expect(open()).toEqual([]);
    await using servers = await startServers();
    const server = await servers.raw([{ waitFor: 'never' }]);
    const silent = await servers.silent();
    const sockets = [connect(server), connect(silent)];
    await Promise.all([server.connected(), ...sockets.map((socket) => once(socket, 'connect'))]);
    expect(open().length).toBeGreaterThan(sockets.length);

    const ends = sockets.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)));
    await servers.close();
    for (const socket of sockets) socket.end();
    await Promise.all(ends);
    await expect(server.connections()).rejects.toThrow('has ended');
    expect(open()).toEqual([]);
  });

  test('runs scripts, and ends those that do not end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tickhttp-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const script = join(folder, 'script.mjs');
    await writeFile(
      script,
      `console.log(process.argv[2], process.env.SOME, process.cwd());
       if (process.argv[2] === 'stay') setInterval(() => {}, 1000);
       process.exitCode = 3;`,
    );
    const begun = performance.now();
    const { code, signal, stdout, stderr, ms } = await runScript(script, {
      args: ['go'],
      env: { SOME: 'thing' },
    });
    expect({ code, signal, stdout, stderr }).toEqual({
      code: 3,
      signal: null,
      stdout: `go thing ${process.cwd()}\n`,
      stderr: '',
    });
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(performance.now() - begun);
    await expect(runScript(script, { args: ['stay'], deadline: 300 })).rejects.toThrow('after 300 ms');
  });
});

describe('the pattern', () => {
  test('is verified at any offset', () => {
    const bytes = fillPattern(new Uint8Array(new SharedArrayBuffer(600_000)), 123_456);
    checkPattern(bytes, 123_456);
    expect(bytes[1000]).toBe(patternAt(124_456));
    expect(() => checkPattern(bytes, 123_457)).toThrow('byte 123457');
  });

  test('shows one flipped byte', () => {
    const bytes = fillPattern(new Uint8Array(600_000));
    bytes.fill((bytes[500_000] ?? 0) ^ 1, 500_000, 500_001);
    expect(() => checkPattern(bytes)).toThrow('byte 500000 is');
  });
});

describe('routes', () => {
  test('/bytes, /chunked, /close and /slow send the pattern', async ({ servers }) => {
    const server = await servers.http();
    const framed = await get(server.url('/bytes/3000000'));
    expect(framed.response.headers['content-length']).toBe('3000000');
    const chunked = await get(server.url('/chunked/3000000?chunk=400000'));
    expect(chunked.response.headers['transfer-encoding']).toBe('chunked');
    const unframed = await get(server.url('/close/3000000'));
    expect(unframed.response.rawHeaders.join()).not.toMatch(/content-length|transfer-encoding/i);
    for (const { body } of [framed, chunked, unframed]) {
      expect(body.length).toBe(3_000_000);
      checkPattern(body);
    }
    const slow = await get(server.url('/slow/1000?every=7'));
    expect(slow.body.length).toBe(1000);
    checkPattern(slow.body);
    expect((await get(server.url('/bytes/5'), { method: 'HEAD' })).body.length).toBe(0);
  });

  test('/echo and /inspect answer with the request', async ({ servers }) => {
    const server = await servers.http();
    const echoed = await get(server.url('/echo'), { method: 'PUT' }, 'some body');
    expect(echoed.body.toString()).toBe('some body');
    expect(echoed.response.headers['x-method']).toBe('PUT');
    const inspected = await get(
      server.url('/inspect?a'),
      { method: 'POST', headers: { 'X-Odd': '1' } },
      'abc',
    );
    expect(JSON.parse(inspected.body.toString())).toMatchObject({
      method: 'POST',
      url: '/inspect?a',
      rawHeaders: expect.arrayContaining(['X-Odd', '1']),
      httpVersion: '1.1',
      bodyLength: 3,
      bodySha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });

  test('/status, /headers and /trailers', async ({ servers }) => {
    const server = await servers.http();
    expect((await get(server.url('/status/418'))).response.statusCode).toBe(418);
    expect((await get(server.url('/status/204'))).response.statusCode).toBe(204);
    expect((await get(server.url('/status/103'))).response.statusCode).toBe(200);
    expect((await get(server.url('/nothing'))).response.statusCode).toBe(404);
    const { response } = await get(server.url('/headers'));
    expect(response.headers['set-cookie']).toHaveLength(2);
    expect(response.rawHeaders).toEqual(
      expect.arrayContaining(['X-Twice', 'x-tWICE', 'X-oDD-CasING', 'X-Empty']),
    );
    const raw = response.headers['x-utf8'];
    expect(Buffer.from(`${raw}`, 'latin1').toString()).toBe('grüße, 世界');
    const trailed = await get(server.url('/trailers'));
    expect(trailed.body.toString()).toBe('hello');
    expect(trailed.response.rawTrailers).toEqual(['X-Checksum', 'abc123', 'X-Count', '5']);
  });

  test('/stream sends a line for each release', async ({ servers }) => {
    const server = await servers.http();
    const response = await responseTo(http.get(server.url('/stream')));
    for (const line of [0, 1, 2]) {
      expect(`${(await once(response, 'data'))[0]}`).toBe(`line ${line}\n`);
      server.release('next');
    }
    await once(response, 'end');
  });

  test('/hang never answers; /count and the shared counters agree', async ({ servers }) => {
    const server = await servers.http();
    const hanging = http.get(server.url('/hang')).on('error', () => {});
    await server.connected();
    server.blockUntil('a request', ({ requests }) => requests === 1);
    const { body } = await get(server.url('/count'));
    expect(JSON.parse(body.toString())).toEqual({ connections: 2, requests: 2 });
    expect(server.counts).toMatchObject({ connections: 2, requests: 2, closed: 0 });
    hanging.destroy();
    expect((await server.closed()).bytesReceived).toBeGreaterThan(20);
  });

  test('the same over TLS, IPv6 and localhost', async ({ servers }) => {
    const [server, legacy, v6, named] = await Promise.all([
      servers.https(),
      servers.https({ tls: { maxVersion: 'TLSv1.2' } }),
      servers.http({ host: '::1' }),
      servers.http({ host: 'localhost' }),
    ]);
    const { cert: ca } = await servers.authority();
    const response = await responseTo(https.get(server.url('/bytes/100000'), { ca, agent: false }));
    checkPattern(await buffer(response));
    expect((await server.closed()).events).toContain('secured');
    expect(server.counts.sent).toBeGreaterThan(100_000);
    const socket = await connectSecurely(legacy, { ca });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    expect((await get(v6.url('/bytes/10'))).body.length).toBe(10);
    expect(await (await fetch(named.url('/status/200'))).text()).toBe('status 200\n');
  });
});

describe('certificates', () => {
  test('that do not fit are refused by the client', async ({ servers }) => {
    const authority = await servers.authority();
    const day = 86_400_000;
    const past = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
    const cases = [
      { tls: await makeSelfSigned(), code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      { tls: await authority.issue({ dnsNames: ['elsewhere.test'] }), code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      { tls: await authority.issue(past), code: 'CERT_HAS_EXPIRED' },
    ];
    for (const { tls, code } of cases) {
      const server = await servers.https({ tls });
      await expect(connectSecurely(server, { ca: authority.cert })).rejects.toMatchObject({ code });
    }
  });

  test('a client that does not trust ours is seen to leave', async ({ servers }) => {
    const server = await servers.raw([{ hold: true }], { tls: { maxVersion: 'TLSv1.2' } });
    await expect(connectSecurely(server, {})).rejects.toThrow('unable to verify');
    expect((await server.ended()).events).not.toContain('closed');
  });
});

async function expectReset(server: TestServer, socket: net.Socket): Promise<void> {
  await server.connected(2);
  // libuv tells some resets as an end. A write finds those out.
  socket.allowHalfOpen = true;
  const write = (): Promise<unknown> => new Promise((resolve) => socket.write('x', resolve));
  const failed = text(socket).then(write, (error: unknown) => error);
  server.release('go');
  expect(['ECONNRESET', 'EPIPE']).toContain(Reflect.get(Object(await failed), 'code'));
  expect((await server.closed(2)).events).toContain('finished');
}

describe('scripts', () => {
  test('play a keep-alive exchange, byte by byte', async ({ servers }) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
    const server = await servers.raw([
      { expectHead: true },
      { sendEach: answer },
      { expectHead: true },
      { expectBytes: 3 },
      { send: new TextEncoder().encode(answer) },
      { end: true },
    ]);
    const socket = connect(server);
    socket.write('GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\n');
    socket.write('\r\nabc');
    expect(await text(socket)).toBe(answer + answer);
    socket.end();
    const record = await server.closed();
    expect(record).toMatchObject({ step: 6, bytesSent: 2 * answer.length, bytesReceived: 40, error: null });
    expect(record.events).toEqual(['connected', 'finished', 'ended', 'closed']);
    expect(Buffer.from(record.received).toString()).toContain('\r\n\r\nabc');
  });

  test('differ by connection, the last one for all that follow', async ({ servers }) => {
    const server = await servers.raw([
      [{ send: 'first' }, { end: true }],
      [{ send: 'later' }, { end: true }],
    ]);
    for (const expected of ['first', 'later', 'later']) {
      const socket = connect(server);
      expect(await text(socket)).toBe(expected);
      socket.end();
    }
    expect((await server.closed(2)).index).toBe(2);
  });

  test('wait for a release, also from a thread that is blocked', async ({ servers }) => {
    const server = await servers.raw([
      { waitFor: 'go' },
      { send: 'a' },
      { waitFor: 'go' },
      { send: 'b' },
      { end: true },
    ]);
    const socket = connect(server);
    await server.connected();
    server.release('go');
    server.blockUntil('the first byte', ({ sent }) => sent === 1);
    Atomics.add(server.flags, server.flag('go'), 1);
    Atomics.notify(server.flags, server.flag('go'));
    expect(await text(socket)).toBe('ab');
    expect(() => server.release('stop')).toThrow('stop');
  });

  test('send for ever, as far as the peer reads', async ({ servers }) => {
    const server = await servers.raw([{ sendForever: 'abc' }]);
    const socket = connect(server).pause();
    await server.connected();
    server.blockUntil('a full buffer', ({ sent }) => sent > 100_000);
    socket.resume();
    const read = 50_000_000;
    while (socket.bytesRead < read) await once(socket, 'data');
    socket.resetAndDestroy();
    const record = await server.closed();
    expect(record.events).toContain('reset');
    expect(record.bytesSent).toBeGreaterThan(read * 0.9);
  });

  test('stop reading', async ({ servers }) => {
    const server = await servers.raw([
      { pauseReading: true },
      { waitFor: 'go' },
      { resumeReading: true },
      { expectBytes: 20_000_000 },
    ]);
    const socket = connect(server);
    socket.write(Buffer.alloc(20_000_000));
    await server.connected();
    expect(server.counts.received).toBe(0);
    server.release('go');
    expect((await server.finished()).bytesReceived).toBe(20_000_000);
  });

  test('end, destroy and reset, plain and over TLS', async ({ servers }) => {
    const { cert: ca } = await servers.authority();
    const script = [[{ end: true }], [{ destroy: true }], [{ waitFor: 'go' }, { reset: true }]] as const;
    const plain = await servers.raw(script);
    for (const expected of ['', '']) {
      const socket = connect(plain);
      expect(await text(socket)).toBe(expected);
      socket.end();
    }
    await expectReset(plain, connect(plain));
    const secure = await servers.raw(script, { tls: true });
    expect(await text(await connectSecurely(secure, { ca }))).toBe('');
    await secure.closed(0);
    const truncated = await connectSecurely(secure, { ca });
    truncated.on('error', () => {});
    await secure.closed(1);
    await expectReset(secure, await connectSecurely(secure, { ca }));
  });

  test('tunnel to another server, as a proxy does', async ({ servers }) => {
    const target = await servers.https();
    const { cert: ca } = await servers.authority();
    const { host, port } = target;
    const proxy = await servers.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 Connection established\r\n\r\n' },
      { tunnelTo: { host, port } },
    ]);
    const socket = connect(proxy);
    socket.write('CONNECT x:1 HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
    const secured = tls.connect({ socket, ca, host });
    secured.write('GET /bytes/3000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const bytes = await buffer(secured);
    checkPattern(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
    secured.destroy();
    await proxy.closed();
  });

  test('that get less than they expect say so', async ({ servers }) => {
    const server = await servers.raw([{ expectBytes: 10 }]);
    connect(server).end('abc');
    expect((await server.closed()).error).toBe('the peer ended before 7 more bytes came');
    await expect(server.waitFor('a miracle', () => false, 0, 50)).rejects.toThrow('a miracle; seen {');
    expect(() => server.blockUntil('a miracle', () => false, 50)).toThrow('a miracle; counted {');
  });
});

describe('servers that do nothing', () => {
  test('refuse, or stay silent', async ({ servers }) => {
    const refused = connect({ host: '127.0.0.1', port: await servers.refusedPort() });
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const silent = connect(await servers.silent());
    await once(silent, 'connect');
  });

  test('refuse where a server was closed, until another one is opened there', async ({ servers }) => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = await servers.http({ host });
      connect(server);
      await server.connected();
      await server.close();
      await server.closed();
      await server.close();
      await expect(once(connect(server), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(server.counts).toMatchObject({ connections: 1, closed: 1 });
      const { port } = server;
      const next = await servers.http({ host, port });
      expect((await get(next.url('/bytes/5'), { agent: false })).body.length).toBe(5);
    }
  });

  test.runIf(process.platform === 'linux')('leave a connection waiting', async ({ servers }) => {
    const socket = connect(await servers.silent({ full: true }));
    // Nothing says that a thing goes on not happening: a whole exchange with another server must do.
    await get((await servers.http()).url('/bytes/1000000'));
    expect(socket.connecting).toBe(true);
  });
});
