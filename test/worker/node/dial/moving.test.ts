import { describe, expect } from 'vitest';
import { type Move, move } from '../../../support/proxied.ts';
import { samePort } from '../../../support/same-port.ts';
import { type Script, type Servers, test } from '../../../support/servers.ts';

const AGAIN = ['some.test', 'some.test'];
const OLD = { host: '::1' };

const refusing = (servers: Servers) => async () => ({ port: await servers.refusedPort('::1') });
const plain = (servers: Servers) => (port: number) => servers.http({ port });

describe('a name that moves is looked up again', () => {
  test.for(['nothing', 'other'] as const)('after a refusal: %s', async (use, { servers }) => {
    const { port } = await samePort(refusing(servers), plain(servers));
    const told = ['4 ECONNREFUSED', '5 -'];
    expect(await move({ target: ['some.test', port], use })).toEqual({ told, lookups: AGAIN });
  });

  test.for<[Move['use'], string]>([
    ['nothing', '4 CONNECT_TIMEOUT'],
    ['give up', '0 -'],
    ['replace', '3 -'],
  ])('after no answer: %s', async ([use, first], { servers }) => {
    const { port } = await samePort(() => servers.silent({ ...OLD, full: true }), plain(servers));
    const options = { timeouts: { connect: use === 'nothing' ? 500 : 0 } };
    const { told, lookups } = await move({ target: ['some.test', port], use, options });
    expect({ told, lookups }).toEqual({ told: [first, '5 -'], lookups: AGAIN });
  });

  test('after TLS with who has its address now', async ({ servers }) => {
    const root = await servers.authority();
    const other = await root.issue({ dnsNames: ['other.test'] });
    const tls = await root.issue({ dnsNames: ['some.test'] });
    const { port } = await samePort(
      () => servers.https({ ...OLD, tls: other }),
      (free) => servers.https({ port: free, tls }),
    );
    const told = ['9 ERR_TLS_CERT_ALTNAME_INVALID', '5 -'];
    const journey: Move = { target: ['some.test', port], ca: root.cert, use: 'nothing' };
    expect(await move(journey)).toEqual({ told, lookups: AGAIN });
  });

  test.for<[Move['use'], string, Script]>([
    ['idle', '8 CONNECTION_CLOSED', [{ end: true }]],
    ['heir', '8 ECONNRESET', [{ expectHead: true }, { reset: true }]],
    ['get', '8 ECONNRESET', [{ expectHead: true }, { reset: true }]],
    ['get', '8 EMPTY_RESPONSE', [{ expectHead: true }, { end: true }]],
    ['get', '8 HEADERS_TIMEOUT', [{ expectHead: true }, { hold: true }]],
  ])('after a connection was lost: %s, %s', async ([use, first, script], { servers }) => {
    const { port } = await samePort(() => servers.raw(script, OLD), plain(servers));
    const options = { timeouts: { headers: first.includes('TIMEOUT') ? 300 : 0 } };
    const told = [first, '5 -'];
    expect(await move({ target: ['some.test', port], use, options })).toEqual({ told, lookups: AGAIN });
  });

  test.for(['http', 'https', 'socks5'] as const)('as a proxy: %s', async (scheme, { servers }) => {
    const root = await servers.authority();
    const target = await servers.https();
    const tls = scheme === 'https' && (await root.issue({ dnsNames: ['some.test'] }));
    const { port } = await samePort(refusing(servers), (free) =>
      scheme === 'socks5' ? servers.socks({ port: free }) : servers.proxy({ port: free, tls }),
    );
    const journey: Move = {
      proxy: [`${scheme}://some.test`, port],
      target: ['127.0.0.1', target.port],
      ca: root.cert,
      use: 'nothing',
    };
    expect(await move(journey)).toEqual({ told: ['4 ECONNREFUSED', '5 -'], lookups: AGAIN });
  });

  test('as a proxy that refuses', async ({ servers }) => {
    const target = await servers.http();
    const { port } = await samePort(
      () => servers.socks({ ...OLD, refusal: 'HOST_UNREACHABLE' }),
      (free) => servers.socks({ port: free }),
    );
    const proxy: [string, number] = ['socks5://some.test', port];
    const told = ['4 PROXY_REFUSED', '5 -'];
    const journey: Move = { proxy, target: ['127.0.0.1', target.port], use: 'nothing' };
    expect(await move(journey)).toEqual({ told, lookups: AGAIN });
  });
});

test.for(['get', 'close'] as const)(
  'a name that answers as it should is not looked up again: %s',
  async (use, { servers }) => {
    const server = await servers.http(OLD);
    const told = [use === 'get' ? '5 -' : '0 -', '5 -'];
    const journey: Move = { target: ['some.test', server.port], use };
    expect(await move(journey)).toEqual({ told, lookups: ['some.test'] });
    await server.connected(1);
    expect(server.counts).toMatchObject({ connections: 2, requests: 1 });
  },
);
