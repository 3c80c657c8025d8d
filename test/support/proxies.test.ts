import { once } from 'node:events';
import { access } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { SocksClient } from 'socks';
import { ProxyAgent, request } from 'undici';
import { describe, expect, onTestFinished } from 'vitest';
import { checkPattern } from './pattern.mjs';
import { samePort } from './same-port.ts';
import { startServers, type TestServer, test } from './servers.ts';

const HOSTS = { 'target.test': '127.0.0.1' };
const CREDENTIALS = { username: 'me', password: 'päss:word' };
const BASIC = `Basic ${Buffer.from('me:päss:word').toString('base64')}`;

/** By a name that only the proxies know. */
const named = ({ port }: TestServer, path: string, scheme = 'http') =>
  `${scheme}://target.test:${port}${path}`;

async function answerTo(sent: http.ClientRequest) {
  const [response]: http.IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('no response');
  return { code: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe.each([
  ['an HTTP proxy', http, false],
  ['an HTTP proxy over TLS', https, true],
])('%s', (_kind, { Agent, get }, secure) => {
  /** A way to send it requests in absolute form, and one to tunnel through it. */
  async function clients(proxy: TestServer, ca: string, credentials: string | null = null) {
    const { host, port } = proxy;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const headers = credentials === null ? {} : { 'Proxy-Authorization': credentials };
    const token = credentials === null ? {} : { token: credentials };
    // By name: Node 26 lets no address into SNI, and undici puts it there.
    const tls = { proxyTls: { ca, servername: 'localhost' }, requestTls: { ca } };
    const dispatcher = new ProxyAgent({ uri: proxy.url(), ...tls, ...token });
    onTestFinished(async () => {
      agent.destroy();
      await dispatcher.destroy();
    });
    return {
      ask: (path: string) => answerTo(get({ host, port, path, headers, agent, ca, servername: 'localhost' })),
      async tunnel(target: string) {
        const { statusCode, body } = await request(target, { dispatcher });
        return { code: statusCode, body: Buffer.from(await body.arrayBuffer()) };
      },
    };
  }

  test('relays requests in absolute form, many on a connection, and tells what it was asked', async ({
    servers,
  }) => {
    const proxy = await servers.proxy({ tls: secure, hosts: HOSTS });
    const target = await servers.http();
    const { ask } = await clients(proxy, (await servers.authority()).cert);
    const urls = [1_000_000, 5].map((amount) => named(target, `/bytes/${amount}`));
    for (const url of urls) {
      const { code, body } = await ask(url);
      expect([code, body.length]).toEqual([200, Number(url.split('/').at(-1))]);
      checkPattern(body);
    }
    const { asked, from } = await proxy.connected();
    expect(from).toBe('127.0.0.1');
    expect(asked.map(([line]) => line)).toEqual(urls.map((url) => `GET ${url} HTTP/1.1`));
    for (const head of asked) expect(head).toContain(`Host: ${proxy.host}:${proxy.port}`);
    expect(proxy.counts).toMatchObject({ connections: 1, requests: 2, tunnels: 0 });
    expect(target.counts.requests).toBe(2);
  });

  test('tunnels to plain and TLS targets', async ({ servers }) => {
    const proxy = await servers.proxy({ tls: secure, hosts: HOSTS });
    const authority = await servers.authority();
    const plain = await servers.http();
    const tls = await servers.https({ tls: await authority.issue({ dnsNames: ['target.test'] }) });
    const { tunnel } = await clients(proxy, authority.cert);
    for (const [index, url] of [named(plain, '/bytes/1000000'), named(tls, '/bytes/9', 'https')].entries()) {
      const { code, body } = await tunnel(url);
      expect([code, body.length]).toEqual([200, Number(url.split('/').at(-1))]);
      checkPattern(body);
      const { host } = new URL(url);
      const { asked } = await proxy.connected(index);
      expect(asked.map(([line]) => line)).toEqual([`CONNECT ${host} HTTP/1.1`]);
      expect(proxy.counts.tunnels).toBe(index + 1);
    }
  });

  test.for<[string, string | null, number]>([
    ['without credentials', null, 407],
    ['with wrong ones', 'Basic bWU6d3Jvbmc=', 407],
    ['to a forbidden port', BASIC, 403],
  ])('refuses requests %s', async ([, credentials, code], { servers }) => {
    const target = await servers.http();
    const forbiddenPorts = [code === 403 ? target.port : 0];
    const proxy = await servers.proxy({ tls: secure, credentials: CREDENTIALS, forbiddenPorts });
    const { ask, tunnel } = await clients(proxy, (await servers.authority()).cert, credentials);
    const { headers, ...answer } = await ask(target.url());
    expect(answer.code).toBe(code);
    expect(headers['proxy-authenticate'] !== undefined).toBe(code === 407);
    await expect(tunnel(target.url())).rejects.toThrow(`${code}`);
    expect(proxy.counts).toMatchObject({ requests: 2, tunnels: 0 });
    expect(target.counts.connections).toBe(0);
  });

  test('takes the right credentials', async ({ servers }) => {
    const target = await servers.http({ host: '::1' });
    // undici takes the brackets of an IPv6 address for a part of the name in the certificate.
    const host = secure ? '127.0.0.1' : '::1';
    const proxy = await servers.proxy({ host, tls: secure, credentials: CREDENTIALS });
    const { ask, tunnel } = await clients(proxy, (await servers.authority()).cert, BASIC);
    for (const { code, body } of [await ask(target.url('/bytes/3')), await tunnel(target.url('/bytes/3'))]) {
      expect([code, body.length]).toEqual([200, 3]);
    }
    expect((await proxy.connected()).asked[0]).toContain(`Proxy-Authorization: ${BASIC}`);
    expect((await proxy.connected(1)).asked[0]?.[0]).toBe(`CONNECT [::1]:${target.port} HTTP/1.1`);
    expect(target.counts.requests).toBe(2);
  });
});

describe('a SOCKS server', () => {
  const { username: userId, password } = CREDENTIALS;

  async function ask({ host, port }: TestServer, target: TestServer, name: string, login = {}) {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      proxy: { host, port, type: 5, ...login },
      destination: { host: name, port: target.port },
    });
    onTestFinished(() => void socket.destroy());
    return answerTo(http.get({ path: '/bytes/1000000', createConnection: () => socket }));
  }

  test.for([
    ['127.0.0.1', 'target.test', 'name', 'target.test'],
    ['127.0.0.1', '127.0.0.1', 'IPv4', '127.0.0.1'],
    ['::1', '::1', 'IPv6', '0000:0000:0000:0000:0000:0000:0000:0001'],
  ] as const)(
    'at %s tells that it was given %s as %s, and relays',
    async ([at, name, type, told], { servers }) => {
      const target = await servers.http({ host: at });
      for (const [credentials, login] of [
        [{}, {}],
        [{ credentials: CREDENTIALS }, { userId, password }],
      ]) {
        const proxy = await servers.socks({ host: at, hosts: HOSTS, ...credentials });
        const { code, body } = await ask(proxy, target, name, login);
        expect([code, body.length]).toEqual([200, 1_000_000]);
        checkPattern(body);
        expect((await proxy.connected()).asked).toEqual([[type, told, `${target.port}`]]);
        expect(proxy.counts).toMatchObject({ connections: 1, requests: 1, tunnels: 1 });
        proxy.blockUntil('all bytes sent', ({ sent }) => sent > 1_000_000);
      }
    },
  );

  test('asks for credentials, and refuses', async ({ servers }) => {
    const target = await servers.http();
    const proxy = await servers.socks({ credentials: CREDENTIALS });
    await expect(ask(proxy, target, target.host)).rejects.toThrow(/auth/i);
    await expect(ask(proxy, target, target.host, { userId, password: 'wrong' })).rejects.toThrow(/auth/i);
    expect(proxy.counts.requests).toBe(0);
    const refusing = await servers.socks({ refusal: 'HOST_UNREACHABLE' });
    await expect(ask(refusing, target, target.host)).rejects.toThrow(/HostUnreachable/);
    expect(refusing.counts).toMatchObject({ requests: 1, tunnels: 0 });
    expect(target.counts.connections).toBe(0);
  });
});

describe('unix sockets', () => {
  const pathOf = ({ host }: TestServer) => host.replace('unix:', '');

  test('carry routes, TLS and scripts, and are gone with the fixture', async () => {
    await using servers = await startServers();
    const options = { socketPath: '', path: '/bytes/100000', agent: false } as const;
    const plain = await servers.http({ path: true });
    const secure = await servers.https({ path: true });
    const raw = await servers.raw([{ send: 'hello' }, { end: true }], { path: true });
    expect(new Set([plain, secure, raw].map(({ host }) => host)).size).toBe(3);

    const { cert: ca } = await servers.authority();
    const requests = [
      http.get({ ...options, socketPath: pathOf(plain) }),
      https.get({ ...options, socketPath: pathOf(secure), ca, servername: 'localhost' }),
    ];
    for (const sent of requests) {
      const [response] = await once(sent, 'response');
      checkPattern(await buffer(response));
    }
    expect((await secure.secured()).from).toBe('');
    expect(await text(net.connect({ path: pathOf(raw) }))).toBe('hello');
    await servers.close();
    await expect(access(pathOf(plain))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a free path has nobody', async ({ servers }) => {
    const socket = net.connect({ path: await servers.freePath() });
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a server can be given its port', async ({ servers }) => {
  const { second: server, port } = await samePort(
    async () => ({ port: await servers.refusedPort('127.0.0.1') }),
    (free) => servers.http({ host: '::1', port: free }),
  );
  expect(server.port).toBe(port);
  await expect(servers.http({ host: '::1', port })).rejects.toThrow('EADDRINUSE');
});
