import { describe, expect, test } from 'vitest';
import { proxyEnvironment } from '../../../../src/main/place/node/proxy-environment.ts';
import type { ProxyAddress, ProxyEnvironment, ProxyProtocol } from '../../../../src/shared/settings.ts';
import { proxyFor } from '../../../../src/worker/node/dial/proxy-environment.ts';

const NONE: ProxyEnvironment = { http: '', https: '', all: '', no: '' };
const PLAIN = { host: 'game.example', port: 80, secure: false };

describe('the environment', () => {
  test.each<[string, Record<string, string>, Partial<ProxyEnvironment>]>([
    ['nothing', {}, {}],
    [
      'lower case',
      { http_proxy: 'a', https_proxy: 'b', all_proxy: 'c', no_proxy: 'd' },
      { http: 'a', https: 'b', all: 'c', no: 'd' },
    ],
    [
      'upper case',
      { HTTP_PROXY: 'a', HTTPS_PROXY: 'b', ALL_PROXY: 'c', NO_PROXY: 'd' },
      { http: 'a', https: 'b', all: 'c', no: 'd' },
    ],
    [
      'lower case before upper case',
      { http_proxy: 'a', HTTP_PROXY: 'b', no_proxy: 'c', NO_PROXY: 'd' },
      { http: 'a', no: 'c' },
    ],
    ['upper case where lower case is empty', { https_proxy: '', HTTPS_PROXY: 'b' }, { https: 'b' }],
    ['no HTTP_PROXY in CGI', { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', HTTPS_PROXY: 'b' }, { https: 'b' }],
    ['http_proxy in CGI', { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', http_proxy: 'a' }, { http: 'a' }],
  ])('is read: %s', (_what, env, expected) => {
    expect(proxyEnvironment({ env, platform: 'linux' })).toEqual({ ...NONE, ...expected });
  });

  test('of a CGI program on Windows, where names have no case, has no HTTP_PROXY at all', () => {
    const env = {
      REQUEST_METHOD: 'GET',
      HTTP_PROXY: 'evil',
      http_proxy: 'evil',
      ALL_PROXY: 'c',
      all_proxy: 'c',
    };
    expect(proxyEnvironment({ env, platform: 'win32' })).toEqual({ ...NONE, all: 'c' });
    expect(proxyEnvironment({ env: { ...env, REQUEST_METHOD: '' }, platform: 'win32' }).http).toBe('evil');
  });

  test("is the program's own", () => {
    const before = process.env.all_proxy;
    process.env.all_proxy = 'http://own.example';
    try {
      expect(proxyEnvironment().all).toBe('http://own.example');
    } finally {
      if (before === undefined) delete process.env.all_proxy;
      else process.env.all_proxy = before;
    }
  });

  test.each<[Partial<ProxyEnvironment>, string | undefined, string | undefined]>([
    [{}, undefined, undefined],
    [{ http: 'a' }, 'a', undefined],
    [{ https: 'b' }, undefined, 'b'],
    [{ all: 'c' }, 'c', 'c'],
    [{ http: 'a', https: 'b', all: 'c' }, 'a', 'b'],
    [{ http: 'a', all: 'c' }, 'a', 'c'],
    [{ http: ' ', all: 'c' }, 'c', 'c'],
    [{ http: 'a', no: '*' }, undefined, undefined],
    // What nobody needs is not looked at.
    [{ http: 'ftp://x', https: 'b' }, 'INVALID_PROXY', 'b'],
    [{ all: 'ftp://x', no: 'game.example' }, undefined, undefined],
  ])('%j sends plain requests to %s, secure ones to %s', (environment, plain, secure) => {
    const proxy = (target: typeof PLAIN) => {
      try {
        return proxyFor({ ...NONE, ...environment }, target)?.host;
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error;
      }
    };
    expect([proxy(PLAIN), proxy({ ...PLAIN, port: 443, secure: true })]).toEqual([plain, secure]);
  });
});

describe('a proxy in a variable', () => {
  const read = (all: string) => proxyFor({ ...NONE, all }, PLAIN);
  const proxy = (
    protocol: ProxyProtocol,
    host: string,
    port: number,
    user?: [string, string],
  ): ProxyAddress => {
    return { protocol, host, port, credentials: user ? { username: user[0], password: user[1] } : null };
  };

  test.each<[string, ProxyAddress]>([
    ['proxy.example', proxy('http', 'proxy.example', 80)],
    ['proxy.example:3128', proxy('http', 'proxy.example', 3128)],
    ['http://proxy.example:3128/', proxy('http', 'proxy.example', 3128)],
    [' http://proxy.example/\n', proxy('http', 'proxy.example', 80)],
    ['https://proxy.example', proxy('https', 'proxy.example', 443)],
    ['socks5://proxy.example', proxy('socks5', 'proxy.example', 1080)],
    ['socks://127.0.0.1:9050/', proxy('socks5', '127.0.0.1', 9050)],
    ['SOCKS://u:p@proxy.example', proxy('socks5', 'proxy.example', 1080, ['u', 'p'])],
    ['SOCKS5H://10.0.0.1:9050', proxy('socks5', '10.0.0.1', 9050)],
    ['http://[::1]:3128', proxy('http', '::1', 3128)],
    ['[::1]', proxy('http', '::1', 80)],
    [
      'http://us%40er:p@ss:w%2Ford@proxy.example:8080/',
      proxy('http', 'proxy.example', 8080, ['us@er', 'p@ss:w/ord']),
    ],
    ['user@[::1]:1', proxy('http', '::1', 1, ['user', ''])],
  ])('is read: %j', (value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  test.each<[string, string]>([
    [
      'socks4://u:hunter2@proxy.example:1080',
      'ALL_PROXY "socks4://***@proxy.example:1080" has the scheme "socks4"',
    ],
    ['http://u:hunter2@proxy.example:0', 'ALL_PROXY "http://***@proxy.example:0" has an invalid port'],
    ['http://u:hunter2@proxy.example:65536', 'has an invalid port: ports are 1 to 65535'],
    ['proxy.example:', 'ALL_PROXY "proxy.example:" has no host'],
    ['http://proxy.example:3128/path', 'ALL_PROXY "http://proxy.example:3128/***" has a path'],
    ['http://proxy.example//', 'has a path'],
    ['http://u:hunter2@', 'ALL_PROXY "http://***@" has no host'],
    ['http://', 'ALL_PROXY "http://" has no host'],
    ['/', 'ALL_PROXY "" has no host'],
    ['proxy.example:3128:u:hunter2', 'ALL_PROXY "proxy.example:3128:***" has no host'],
    [
      'http://u:hunter2@::1:8080',
      'ALL_PROXY "http://***@::1:8080" has an IPv6 address without brackets: write [address]',
    ],
    ['a%3Ab:hunter2@proxy.example', 'ALL_PROXY "***@proxy.example" has a user with ":" in it'],
    ['http://a\n:hunter2@proxy.example', 'has a control character'],
  ])('is refused: %j', (value, message) => {
    const refusal = expect.objectContaining({
      code: 'INVALID_PROXY',
      message: expect.stringContaining(message),
    });
    expect(() => read(value)).toThrow(refusal);
    expect(() => read(value)).not.toThrow(/hunter2/);
  });

  test.each([
    ['HTTP_PROXY', 'http', false],
    ['HTTPS_PROXY', 'https', true],
    ['ALL_PROXY', 'all', false],
  ] as const)('that is refused is named: %s', (name, key, secure) => {
    expect(() => proxyFor({ ...NONE, [key]: 'ftp://x' }, { ...PLAIN, secure })).toThrow(
      `${name} "ftp://x" has the`,
    );
  });
});

/** `host` or `host:port` (IPv6 in brackets); port 80 if it has none. */
function isExempt(no: string, where: string): boolean {
  const [, bracketed, name = '', port = 80] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(where) ?? [];
  const target = { host: bracketed ?? name, port: Number(port), secure: false };
  return proxyFor({ ...NONE, http: 'proxy.example', no }, target) === null;
}

describe('NO_PROXY', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['*', ['game.example', '10.0.0.1', '[::1]:8080', 'localhost'], []],
    ['*:8080', ['game.example:8080', '10.0.0.1:8080'], ['game.example', '10.0.0.1']],
    [
      'game.example',
      ['game.example', 'a.game.example', 'a.b.game.example:81'],
      ['mygame.example', 'game.example.org', 'example'],
    ],
    ['.game.example', ['a.game.example', 'a.b.game.example'], ['game.example', 'mygame.example']],
    ['*.game.example', ['a.game.example'], ['game.example', 'mygame.example']],
    ['*game.example', [], ['game.example', 'mygame.example', 'a.game.example']],
    ['example', ['game.example', 'example'], ['game.example.org']],
    ['Game.EXAMPLE', ['gAme.example', 'A.GAME.example'], []],
    ['game.example.', ['game.example', 'game.example.', 'a.game.example'], []],
    ['game.example', ['game.example.'], []],
    ['bücher.example', ['xn--bcher-kva.example', 'a.BÜCHER.example'], ['bucher.example']],
    ['game.example:8080', ['game.example:8080', 'a.game.example:8080'], ['game.example', 'game.example:80']],
    ['.game.example:81', ['a.game.example:81'], ['a.game.example', 'game.example:81']],
    ['localhost', ['localhost', 'LOCALHOST', 'a.localhost'], ['127.0.0.1', '[::1]']],
    // Nothing is exempt by itself.
    ['', [], ['localhost', '127.0.0.1', '[::1]', 'game.example', '']],
    [' , ,,', [], ['localhost', 'game.example', '']],
    ['., :80, [], /8, ://, *.', [], ['localhost', 'game.example', '10.0.0.1', '[::1]', '']],
    [
      'a.example,b.example\tc.example  d.example,\n',
      ['a.example', 'b.example', 'c.example', 'd.example'],
      ['e.example'],
    ],
    ['http://game.example', [], ['game.example']],

    [
      '10.0.0.1',
      ['10.0.0.1', '10.0.0.1:81', '[::ffff:10.0.0.1]', '[::FFFF:a00:1]'],
      ['10.0.0.10', '110.0.0.1', '10.0.0.2'],
    ],
    ['10.0.0.1:80', ['10.0.0.1', '[::ffff:a00:1]'], ['10.0.0.1:81']],
    ['127.1', ['127.0.0.1', '127.1', '0x7f.1'], ['127.0.0.2']],
    ['1', [], ['127.0.0.1', '10.0.0.1', 'a.1.example']],
    ['.1, 0.1, *.0.0.1, .0.0.1', [], ['127.0.0.1', '10.0.0.1']],
    ['0.0.1.example', [], ['10.0.0.1']],
    ['::1', ['[::1]', '[0:0:0:0:0:0:0:1]', '[::1]:8080'], ['127.0.0.1', '[::2]']],
    ['[::1]', ['[::1]', '[::0001]:8080'], ['[::2]']],
    ['[::1]:8080', ['[::1]:8080'], ['[::1]', '[::1:8080]']],
    ['::1:8080', ['[::1:8080]'], ['[::1]:8080']],
    ['2001:DB8:0::1', ['[2001:db8::1]', '[2001:0db8:0:0::1]'], ['[2001:db8::2]']],
    ['::ffff:10.0.0.1', ['10.0.0.1', '[::ffff:a00:1]'], ['10.0.0.2']],
    ['fe80::1', ['[fe80::1]', '[fe80::1%eth0]'], ['[fe80::2%eth0]']],

    [
      '10.0.0.0/8',
      ['10.0.0.0', '10.255.255.255', '[::ffff:10.1.2.3]'],
      ['11.0.0.0', '9.255.255.255', '[::1]', '10.example'],
    ],
    ['10.1.2.3/8', ['10.9.9.9'], ['11.1.2.3']],
    ['192.168.1.128/25', ['192.168.1.128', '192.168.1.255'], ['192.168.1.127', '192.168.2.128']],
    ['10.0.0.1/32', ['10.0.0.1'], ['10.0.0.0']],
    ['0.0.0.0/0', ['1.2.3.4', '255.255.255.255'], ['[2001:db8::1]', 'game.example']],
    ['10.0.0.0/8:8080', ['10.1.1.1:8080'], ['10.1.1.1']],
    ['fd00::/8', ['[fd12:3456::1]', '[FDFF::]'], ['[fe00::1]', '[fc00::1]', '10.0.0.1']],
    ['[fd00::]/8', ['[fd12::1]'], ['[fe00::1]']],
    ['fe80::/10', ['[febf::1%eth0]'], ['[fec0::1]']],
    ['::/0', ['[2001:db8::1]', '[::1]'], ['10.0.0.1', 'game.example']],
    ['::ffff:10.0.0.0/104', ['10.1.2.3', '[::ffff:10.1.2.3]'], ['11.0.0.0']],
    ['10.0.0.0/33, 10.0.0.0/, 10.0.0.0/8/9, 10.0.0.0/255.0.0.0, 10.0.0.0/-1', [], ['10.0.0.0', '10.1.2.3']],
    ['fd00::/129, fd00::/x', [], ['[fd00::]']],
    ['game.example/8', [], ['game.example', '10.0.0.1']],
  ])('%j', (no, past, through) => {
    const wrong = [
      ...past.filter((where) => !isExempt(no, where)),
      ...through.filter((where) => isExempt(no, where)),
    ];
    expect(wrong).toEqual([]);
  });
});
