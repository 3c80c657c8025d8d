import { type HTTPClient, Method } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, get, settled } from '../../support/client.ts';
import { type Script, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const OK = 'HTTP/1.1 200 OK\r\n';

/** Answers one request with each of `answers`, and goes on listening. */
function answers(...list: string[]): Script {
  return list.flatMap((send) => [{ expectHead: true }, { send }]);
}

async function connectTo(script: Script): Promise<HTTPClient> {
  return connect(await servers.raw(script));
}

describe('the fields of a response', () => {
  const FIELDS = [
    ['X-Field: of the first', `X-Long: ${'a'.repeat(300)}`],
    ['X-Field: of the second'],
    Array.from({ length: 200 }, (_, index) => `X-Field-${index}: of a long third`),
    ['X-Field: of the last', 'Odd:  \tvalue \t', 'Empty:'],
  ];
  const bodyless = (fields: readonly string[]) => `${OK}${fields.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`;

  test('are those of the last one, and lists of earlier ones stay as they are', async () => {
    const http = await connectTo(answers(...FIELDS.map(bodyless), 'HTTP/1.1 204 No Content\r\n\r\n'));
    const lists: (readonly string[])[] = [];
    for (const _ of FIELDS) lists.push((await get(http, '/')).headers);
    const length = 'Content-Length: 0';
    const tidy = ['X-Field: of the last', 'Odd: value', 'Empty: ', length];
    expect(lists).toEqual([...FIELDS.slice(0, 3).map((fields) => [...fields, length]), tidy]);
    expect((await get(http, '/')).headers).toEqual([]);
  });

  test('can be read at any time before the next request', async () => {
    const http = await connectTo(answers(...FIELDS.slice(0, 2).map(bodyless)));
    for (const fields of FIELDS.slice(0, 2)) {
      http.request(Method.GET, '/', []);
      expect(http.getResponseHeaders()).toEqual([]);
      await settled(http);
      for (let again = 0; again < 3; again++) http.poll();
      expect(http.getResponseHeaders()).toEqual([...fields, 'Content-Length: 0']);
    }
  });

  test('end in LF or CRLF on the wire, come in pieces, and mean the same', async () => {
    const lines = ['A: plain', 'B: latin \xe9', 'C: utf-8 \xc3\xa9', 'D: folded', ' on', 'E: last'];
    const send = Buffer.from(`HTTP/1.1 200 OK\n${lines.join('\n')}\r\nContent-Length: 0\r\n\n`, 'latin1');
    const crlf = Buffer.from(`${OK}${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, 'latin1');
    const expected = [
      'A: plain',
      'B: latin \xe9',
      'C: utf-8 \xe9',
      'D: folded on',
      'E: last',
      'Content-Length: 0',
    ];
    for (const bytes of [send, crlf]) {
      const whole = await connectTo([{ expectHead: true }, { send: bytes }]);
      expect((await get(whole, '/')).headers).toEqual(expected);
      const pieces = await connectTo([{ expectHead: true }, { sendEach: bytes, size: 5 }]);
      expect((await get(pieces, '/')).headers).toEqual(expected);
    }
  });
});
