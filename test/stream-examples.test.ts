import { once } from 'node:events';
import { describe, expect } from 'vitest';
import { WebSocketServer } from 'ws';
import { eventually } from './support/eventually.ts';
import { runScript } from './support/run-script.ts';
import { test } from './support/servers.ts';

test.for(['127.0.0.1', '::1'])('tunnel.mjs fetches from %s', async (host, { servers }) => {
  const server = await servers.http({ host });
  const proxy = await servers.proxy();
  const args = [proxy.host, String(proxy.port), host, String(server.port), '/inspect'];
  const run = await runScript('examples/tunnel.mjs', { args });
  const target = `${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  expect([run.stderr, run.code]).toEqual(['', 0]);
  const [opened, answer, body = ''] = run.stdout.split('\n');
  expect([opened, answer]).toEqual([`tunnel to ${target}: 200`, 'GET /inspect: 200']);
  expect(JSON.parse(body)).toMatchObject({ url: '/inspect', rawHeaders: expect.arrayContaining([target]) });
  expect(proxy.counts).toMatchObject({ connections: 1, tunnels: 1 });
  expect(server.counts).toMatchObject({ connections: 1, requests: 1 });
});

test('tunnel.mjs says why there is none', async ({ servers }) => {
  const proxy = await servers.proxy({ forbiddenPorts: [81] });
  const run = await runScript('examples/tunnel.mjs', {
    args: [proxy.host, String(proxy.port), '127.0.0.1', '81'],
  });
  expect(run.code).not.toBe(0);
  expect(run.stderr).toContain('the proxy answered 403');
});

describe('websocket-echo.mjs', () => {
  /** The package `ws`: what it accepts is the protocol, and not what the example takes for it. */
  async function echoServer() {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const closes: number[] = [];
    const errors: Error[] = [];
    server.on('connection', (socket) => {
      socket.ping('still there?');
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on('close', (code) => closes.push(code));
      socket.on('error', (error) => errors.push(error));
    });
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    return { port, closes, errors, [Symbol.dispose]: () => server.close() };
  }

  // Each of the three sizes of a length.
  test.for([13, 126, 70_000])('has a text of %s bytes echoed, and closes', async (length) => {
    using server = await echoServer();
    const text = 'wörld'.padEnd(length - 1, '.');
    const run = await runScript('examples/websocket-echo.mjs', { args: ['127.0.0.1', server.port, text] });
    expect([run.stderr, run.code]).toEqual(['', 0]);
    expect(run.stdout).toBe(`echo: ${text}\nclosed: 1000\n`);
    // The server may hear of the end later than of that of the program.
    await eventually(() => expect(server.closes).toEqual([1000]));
    expect(server.errors).toEqual([]);
  });

  test.for([
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'the server answered 200'],
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'the server has not read our key',
    ],
  ] as const)('does not go on after %j', async ([answer, reason], { servers }) => {
    const server = await servers.raw([{ expectHead: true }, { send: answer }, { hold: true }]);
    const run = await runScript('examples/websocket-echo.mjs', {
      args: [server.host, String(server.port)],
    });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain(reason);
  });
});

describe('own-stream.mjs', () => {
  test('downloads at the speed of its line', async ({ servers }) => {
    const server = await servers.http();
    const args = [server.host, String(server.port), '/bytes/50000', '50000'];
    const run = await runScript('examples/own-stream.mjs', { args });
    expect([run.stderr, run.code]).toEqual(['', 0]);
    expect(run.stdout).toMatch(/^200: 50000 bytes of body in [1-9]/);
    const { received, sent } = server.counts;
    expect(run.stdout).toContain(`the line: ${received} bytes there, ${sent} back\n`);
  });

  // Slow enough for the end to come while the only piece is still on the line.
  test.for([0, 10])('brings a body of %s bytes before the end', async (length, { servers }) => {
    const server = await servers.http();
    const args = [server.host, String(server.port), `/bytes/${length}`, '500'];
    const run = await runScript('examples/own-stream.mjs', { args });
    expect([run.stderr, run.code]).toEqual(['', 0]);
    expect(run.stdout).toMatch(new RegExp(`^200: ${length} bytes of body`));
  });

  test('says why when there is no server', async ({ servers }) => {
    const port = await servers.refusedPort();
    const run = await runScript('examples/own-stream.mjs', { args: ['127.0.0.1', String(port)] });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('nothing accepts connections there');
  });
});
