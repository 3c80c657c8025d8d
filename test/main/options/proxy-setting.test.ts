import { describe, expect, test } from 'vitest';
import { type ConfiguredProxy, parseProxySetting } from '../../../src/main/http-client/proxy.ts';
import { credentialsFlaw } from '../../../src/shared/proxy-syntax.ts';

type Written = Partial<Omit<ConfiguredProxy, 'credentials'>>;

const proxy = (host: string, user: [string, string] | null, more: Written = {}): ConfiguredProxy => {
  const credentials = user && { username: user[0], password: user[1] };
  return { protocol: 'http', host, port: 8080, credentials, isAddress: false, ...more };
};
const ADDRESS = { isAddress: true };

describe('setHttpProxy and setHttpsProxy', () => {
  test.each([
    ['', 8080],
    ['', -1],
    ['proxy.example', -1],
    ['what: ever', -1],
  ])('take %j and port %i for no proxy', (host, port) => {
    expect(parseProxySetting(host, port)).toBe(null);
  });

  test.each<[string, ConfiguredProxy]>([
    ['proxy.example', proxy('proxy.example', null)],
    ['http://proxy.example', proxy('proxy.example', null)],
    ['http://proxy.example/', proxy('proxy.example', null)],
    ['HTTPS://proxy.example', proxy('proxy.example', null, { protocol: 'https' })],
    ['socks://proxy.example', proxy('proxy.example', null, { protocol: 'socks5' })],
    ['socks5://proxy.example', proxy('proxy.example', null, { protocol: 'socks5' })],
    ['Socks5h://proxy.example', proxy('proxy.example', null, { protocol: 'socks5' })],
    ['bücher.example', proxy('bücher.example', null)],
    ['my_proxy', proxy('my_proxy', null)],
    ['10.0.0.1', proxy('10.0.0.1', null, ADDRESS)],
    ['::1', proxy('::1', null, ADDRESS)],
    ['[::1]', proxy('::1', null, ADDRESS)],
    ['https://[2001:DB8::1]', proxy('2001:DB8::1', null, { protocol: 'https', isAddress: true })],
    ['u:p@fe80::1%eth0', proxy('fe80::1%eth0', ['u', 'p'], ADDRESS)],
    ['u:p@[::1]', proxy('::1', ['u', 'p'], ADDRESS)],
    ['user:password@proxy.example', proxy('proxy.example', ['user', 'password'])],
    ['http://user@proxy.example', proxy('proxy.example', ['user', ''])],
    ['http://user:@proxy.example', proxy('proxy.example', ['user', ''])],
    ['http://:password@proxy.example', proxy('proxy.example', ['', 'password'])],
    ['http://@proxy.example', proxy('proxy.example', null)],
    ['http://:@proxy.example', proxy('proxy.example', null)],
    ['user:a:b@c:@proxy.example', proxy('proxy.example', ['user', 'a:b@c:'])],
    ['us%40er:p%3Aa%2Fs%2fs@proxy.example', proxy('proxy.example', ['us@er', 'p:a/s/s'])],
    ['%C3%BC:%e2%82%ac@proxy.example', proxy('proxy.example', ['ü', '€'])],
    ['%2541:100%@proxy.example', proxy('proxy.example', ['%41', '100%'])],
    ['50%off:%zz%4@proxy.example', proxy('proxy.example', ['50%off', '%zz%4'])],
    ['user:100%%41%3@proxy.example', proxy('proxy.example', ['user', '100%A%3'])],
    ['user:%FF%41@proxy.example', proxy('proxy.example', ['user', '%FF%41'])],
    ['CORP\\user:p w@proxy.example', proxy('proxy.example', ['CORP\\user', 'p w'])],
    ['socks5://us%3Aer:p@proxy.example', proxy('proxy.example', ['us:er', 'p'], { protocol: 'socks5' })],
  ])('take %s', (host, expected) => {
    expect(parseProxySetting(host, 8080)).toEqual(expected);
  });

  test.each([1, 65_535])('take port %i', (port) => {
    expect(parseProxySetting('proxy.example', port)).toEqual(proxy('proxy.example', null, { port }));
  });

  test.each<[string, string]>([
    [
      'socks4://u:hunter2@proxy.example',
      '"socks4://***@proxy.example" has the scheme "socks4": give http, https,',
    ],
    ['ftp://proxy.example', '"ftp://proxy.example" has the scheme "ftp"'],
    ['://proxy.example', '"://proxy.example" has the scheme ""'],
    ['u%3Ahunter2%40proxy.example', '"u***" has no host, or an invalid one'],
    ['proxy.example:8080', '"proxy.example:8080" has a port in it: give the port as the next argument'],
    ['[::1]:8080', '"[::1]:8080" has a port in it'],
    ['u:hunter2@proxy.example:8080', '"***@proxy.example:8080" has a port in it'],
    ['proxy.example:99999', '"proxy.example:99999" has an invalid port'],
    ['http://127.0.0.1:3128/', '"http://127.0.0.1:3128" has a port in it'],
    ['proxy.example//', '"proxy.example/***" has a path'],
    ['/', '"" has no host'],
    ['proxy.example/hunter2', '"proxy.example/***" has a path'],
    ['http://proxy.example?a=hunter2', '"http://proxy.example?***" has a path or a query'],
    ['proxy.example#a', '"proxy.example#***" has a path'],
    [
      'u:hun/ter2@proxy.example',
      '"***@proxy.example" has a path or a query in it: leave it out, and in a password write',
    ],
    ['proxy.example/p@evil.example', '"***@evil.example" has a path'],
    ['proxy.example:8080:u:hunter2', '"proxy.example:8080:***" has no host'],
    ['u:hunter2', '"u:***" has no host'],
    ['u:1hunter2', '"u:***" has no host'],
    ['u:hunter2@http://proxy.example', '"***@http:***" has a path'],
    ['http://', '"http://" has no host'],
    ['u:hunter2@', '"***@" has no host'],
    ['[]', '"[]" has no host'],
    ['[proxy.example]', '"[proxy.example]" has no host'],
    ['[::1', '"[:***" has no host'],
    ['::1::2', '":***" has no host'],
    ['1.2.3.256', '"1.2.3.256" has no host'],
    ['proxy example', '"proxy***" has no host'],
    ['proxy%2Eexample', '"proxy***" has no host'],
    ['proxy\\example', '"proxy***" has no host'],
    ['proxy.example 3128 u hunter2', '"proxy.example***" has no host'],
    ['http://proxy.example\thunter2', '"http://proxy.example***" has a control character'],
    ['proxy.example\\hunter2', '"proxy.example***" has no host'],
    ['u%3Au:hunter2@proxy.example', '"***@proxy.example" has a user with ":" in it'],
    ['https://u%3Au@proxy.example', '"https://***@proxy.example" has a user with ":" in it'],
    ['proxy.example\r\nX: y', '"proxy.example***" has a control character'],
    ['u:hun\tter2@proxy.example', '"***@proxy.example" has a control character'],
    ['u:hunter2%0D%0A@proxy.example', '"***@proxy.example" has a control character in its user or password'],
    ['socks5://u%00:hunter2@[::1]', '"socks5://***@[::1]" has a control character in its user or password'],
    ['\x7f', '"***" has a control character'],
  ])('refuse %j', (host, message) => {
    const failure = parseProxySetting(host, 8080);
    expect(failure).toEqual({
      phase: 'argument',
      code: 'INVALID_PROXY',
      message: expect.stringContaining(`proxy ${message}`),
      request: null,
    });
    expect(JSON.stringify(failure)).not.toMatch(/hun|ter2/);
  });

  test.each([0, -2, 65_536])('refuse port %i', (port) => {
    const message = `proxy "***@::1" has the invalid port ${port}: ports are 1 to 65535, or -1 for no proxy.`;
    expect(parseProxySetting('u:p@::1', port)).toEqual({
      phase: 'argument',
      code: 'INVALID_PROXY',
      message,
      request: null,
    });
  });
});

test.each([
  ['http', 'a:b', 'c', 'a user with ":" in it'],
  ['https', 'a:b', '', 'a user with ":" in it'],
  ['socks5', 'a:b', 'c', 'nothing'],
  ['http', 'ab', 'c:d', 'nothing'],
  ['http', 'ab', 'c\n', 'a control character'],
  ['socks5', '\0', 'c', 'a control character'],
] as const)(
  'what a proxy of %s cannot be sent of user %j and password %j: %s',
  (protocol, username, password, flaw) => {
    expect(credentialsFlaw(protocol, { username, password }) ?? 'nothing').toContain(flaw);
  },
);
