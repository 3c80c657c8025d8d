import { HTTPRequest, Method, Result, TLSOptions, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { UNKNOWN_NAME } from '../support/client.ts';
import { test } from '../support/servers.ts';

/** In each place where a program may have a secret. */
const SECRET = 'S3CR3T';

describe("12. No message, error or log shows a secret; a server's fields stand only in Failure.headers", () => {
  test('whole requests that fail in every way', async ({ servers }) => {
    const server = await servers.http();
    const secure = await servers.https();
    const refused = await servers.refusedPort();
    const cut = await servers.raw([
      { expectHead: true },
      { send: `HTTP/1.1 200 OK\r\nSet-Cookie: ${SECRET}\r\nContent-Length: 10\r\n\r\n${SECRET}` },
      { end: true },
    ]);
    const garbage = await servers.raw([
      { expectHead: true },
      { send: `HTTP/1.1 200 OK\r\nSet-Cookie ${SECRET}\r\n\r\n` },
      { hold: true },
    ]);
    const to = (url: string): string => `/redirect/302?to=${encodeURIComponent(url)}&key=${SECRET}`;

    /** A URL, what is set, the result, the code. */
    const ways: [url: string, set: (http: HTTPRequest) => void, result: Result, code: RegExp][] = [
      [`http://127.0.0.1:${refused}/`, () => {}, Result.CANT_CONNECT, /^ECONNREFUSED$/],
      [`http://${UNKNOWN_NAME}/`, () => {}, Result.CANT_RESOLVE, /./],
      [secure.url('/'), () => {}, Result.TLS_HANDSHAKE_ERROR, /./],
      [server.url('/hang'), (http) => http.setTimeout(0.1), Result.TIMEOUT, /^TIMEOUT$/],
      [cut.url('/'), () => {}, Result.CONNECTION_ERROR, /^TRUNCATED_BODY$/],
      [garbage.url('/'), () => {}, Result.CONNECTION_ERROR, /./],
      [
        server.url('/bytes/10'),
        (http) => http.setBodySizeLimit(1),
        Result.BODY_SIZE_LIMIT_EXCEEDED,
        /^BODY_SIZE_LIMIT_EXCEEDED$/,
      ],
      [server.url(to('/')), (http) => http.setMaxRedirects(0), Result.REDIRECT_LIMIT_REACHED, /./],
      [
        server.url(to(`ftp://me:${SECRET}@a/${SECRET}`)),
        () => {},
        Result.CONNECTION_ERROR,
        /^INVALID_REDIRECT$/,
      ],
      [server.url(to(`http://me:${SECRET}@a:b/`)), () => {}, Result.CONNECTION_ERROR, /^INVALID_REDIRECT$/],
      [
        server.url(`${to(`/${SECRET}`)}&to=/${SECRET}2`),
        () => {},
        Result.CONNECTION_ERROR,
        /^INVALID_REDIRECT$/,
      ],
      [
        server.url('/'),
        (http) => http.setHttpProxy(`http://me:${SECRET}@127.0.0.1`, refused),
        Result.CANT_CONNECT,
        /^ECONNREFUSED$/,
      ],
      [
        secure.url('/'),
        (http) => http.setHttpsProxy(`http://me:${SECRET}@127.0.0.1`, server.port),
        Result.CANT_CONNECT,
        /./,
      ],
    ];
    for (const [url, set, result, code] of ways) {
      const http = new HTTPRequest({ proxyCredentials: { username: 'me', password: SECRET } });
      set(http);
      const whole = `${url.replace('//', `//me:${SECRET}@`)}${url.includes('?') ? '&' : '?'}key=${SECRET}#${SECRET}`;
      const fields = [`Authorization: Bearer ${SECRET}`, `Cookie: ${SECRET}`, `X-Key: ${SECRET}`];
      expect([http.request(whole, fields, Method.POST, SECRET), http.getLastError()]).toEqual([0, null]);
      const got = await http.completed();
      expect([got.result, got.failure?.code], url).toEqual([result, expect.stringMatching(code)]);
      const { headers, proxyResponse, ...failure } = got.failure ?? {};
      expect(JSON.stringify(failure), url).not.toContain(SECRET);
      // A server's own fields, and nothing of the request's.
      expect(JSON.stringify([headers, proxyResponse])).not.toMatch(/Bearer|X-Key/);
      expect(() => got.json()).toThrow(/^The body/);
      expect(String(thrownBy(() => got.json()))).not.toContain(SECRET);
    }
  });

  test('nor what a TLSOptions, an unknown option or a closed pool says', async () => {
    const pool = new WorkerPool({ threads: 1 });
    await pool.close();
    const http = new HTTPRequest({ pool });
    http.request(`http://me:${SECRET}@a/?${SECRET}`, [`Cookie: ${SECRET}`]);
    expect(http.getLastError()?.message).not.toContain(SECRET);
    const wrong: unknown[] = [
      { proxyCredentials: { username: 'me', password: [SECRET] } },
      { proxyCredentials: { username: `a\n${SECRET}`, password: '' } },
      { proxyCredentials: SECRET.length },
      { sensitiveHeaders: SECRET },
      { tls: { key: SECRET } },
    ];
    for (const options of wrong) {
      const error = thrownBy(() => Reflect.construct(HTTPRequest, [options]));
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain(SECRET);
    }
    expect(String(thrownBy(() => TLSOptions.client(null, '', { certificate: SECRET })))).not.toContain(
      SECRET,
    );
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
