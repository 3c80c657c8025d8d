import { expect, test } from 'vitest';
import { splitUrl } from '../../../src/worker/exchange/target-url.ts';

test.each([
  ['http://a.test', 'http://a.test', 'a.test', 80, '/'],
  ['https://a.test', 'https://a.test', 'a.test', 443, '/'],
  ['http://a.test:80/x', 'http://a.test', 'a.test', 80, '/x'],
  ['https://a.test:443/x', 'https://a.test', 'a.test', 443, '/x'],
  ['http://a.test:443/x', 'http://a.test:443', 'a.test', 443, '/x'],
  ['https://a.test:80/x', 'https://a.test:80', 'a.test', 80, '/x'],
  ['HTTP://A.test:8080/X/../Y', 'http://a.test:8080', 'a.test', 8080, '/Y'],
  ['http://a.test?q', 'http://a.test', 'a.test', 80, '/?q'],
  ['http://a.test/x?', 'http://a.test', 'a.test', 80, '/x?'],
  ['http://a.test/x?q=%C3%BC&r#f', 'http://a.test', 'a.test', 80, '/x?q=%C3%BC&r'],
  ['http://a.test/x#f?q#g', 'http://a.test', 'a.test', 80, '/x'],
  ['http://a.test/x#', 'http://a.test', 'a.test', 80, '/x'],
  ['http://a.test//b.test/x', 'http://a.test', 'a.test', 80, '//b.test/x'],
  ['http://127.0.0.1:81/', 'http://127.0.0.1:81', '127.0.0.1', 81, '/'],
  ['http://[::1]:81/x', 'http://[::1]:81', '::1', 81, '/x'],
  ['https://[2001:db8::1]/x', 'https://[2001:db8::1]', '2001:db8::1', 443, '/x'],
  ['http://user:p%40ss@a.test/x@y', 'http://a.test', 'a.test', 80, '/x@y'],
  ['http://a.test:0/', 'http://a.test:0', 'a.test', 0, '/'],
])('%s', (url, origin, host, port, target) => {
  expect(splitUrl(url)).toEqual({ secure: origin.startsWith('https:'), host, port, target, origin });
});

test.each(['', '/x', 'http://', 'a.test'])('%j is no URL', (url) => {
  expect(() => splitUrl(url)).toThrow(TypeError);
});
