import { HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, exchange, pollUntil, readBody, settled } from '../../../support/client.ts';
import { type Script, type Servers, type Step, startServers } from '../../../support/servers.ts';

/** How a TLS stream ends: by the server's word, or by a FIN, which anybody on the way could have sent. */

let servers: Servers;
let ca: string;
beforeAll(async () => {
  servers = await startServers();
  ca = (await servers.authority()).cert;
});
afterAll(() => servers.close());

const WORD: Step = { end: true };
const FIN: Step = { destroy: true };
const BODY = 'x'.repeat(3_000_000);

const UNTIL_CLOSE = `HTTP/1.1 200 OK\r\n\r\n${BODY}`;
const FIXED = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const SHORT = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length + 1}\r\n\r\n${BODY}`;
const CHUNKED = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const UNFINISHED = CHUNKED.slice(0, -2);

const COMPLETE = [Status.DISCONNECTED, undefined];
const TRUNCATED = [Status.CONNECTION_ERROR, 'TRUNCATED_BODY'];

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const tls = { minVersion: version, maxVersion: version };

  test.each<[string, string, Step, unknown[]]>([
    ['until close, after close_notify, is complete', UNTIL_CLOSE, WORD, COMPLETE],
    ['until close, cut by a FIN, is not', UNTIL_CLOSE, FIN, TRUNCATED],
    ['short of its length is not, whatever the end', SHORT, WORD, TRUNCATED],
    ['short of its length, cut by a FIN, is not', SHORT, FIN, TRUNCATED],
    ['without its last chunk, cut by a FIN, is not', UNFINISHED, FIN, TRUNCATED],
  ])('a body %s', async (_what, answer, end, outcome) => {
    const server = await servers.raw([{ expectHead: true }, { send: answer }, end], { tls });
    const http = await connect(server, { ca });
    const { body, status } = await exchange(http, Method.GET, '/');
    expect(body.length).toBe(BODY.length);
    expect([status, http.getLastError()?.code]).toEqual(outcome);
  });

  test.each([
    ['its length', FIXED],
    ['its last chunk', CHUNKED],
  ])('a body that has %s is complete whatever follows', async (_what, answer) => {
    const script: Script = [{ expectHead: true }, { send: answer }, { waitFor: 'read' }, FIN];
    const server = await servers.raw(script, { tls });
    const http = await connect(server, { ca });
    const { body, status } = await exchange(http, Method.GET, '/');
    expect([body.length, status]).toEqual([BODY.length, Status.CONNECTED]);
    server.release('read');
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
    expect(http.getLastError()).toMatchObject({ phase: 'idle', code: 'CONNECTION_CLOSED' });
  });

  test.each<[string, Step, unknown[]]>([
    ['close_notify', WORD, COMPLETE],
    ['a FIN', FIN, TRUNCATED],
  ])('a reader that pauses sees %s for what it was', async (_what, end, outcome) => {
    const server = await servers.raw([{ expectHead: true }, { send: UNTIL_CLOSE }, end], { tls });
    // Eleven times the buffer, so that the socket is stopped and goes on again and again.
    const http = await connect(server, { ca, bufferSize: 2 ** 18, limits: { headSize: 2 ** 14 } });
    http.request(Method.GET, '/', []);
    await settled(http);
    http.readChunkSize = 1000;
    let count = 0;
    await pollUntil(http, 'the end of the body', () => {
      count += http.readResponseBodyChunk().length;
      return http.getStatus() !== Status.BODY;
    });
    expect([count, http.getStatus(), http.getLastError()?.code]).toEqual([BODY.length, ...outcome]);
  });

  test('a reset is a failure, after the bytes that came before it', async () => {
    const script: Script = [
      { expectHead: true },
      { send: UNTIL_CLOSE },
      { waitFor: 'read' },
      { reset: true },
    ];
    const server = await servers.raw(script, { tls });
    const http = await connect(server, { ca });
    http.request(Method.GET, '/', []);
    await settled(http);
    let count = 0;
    await pollUntil(http, 'the body', () => {
      count += http.readResponseBodyChunk().length;
      return count === BODY.length;
    });
    server.release('read');
    await readBody(http);
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([Status.CONNECTION_ERROR, 'ECONNRESET']);
  });
});

test('without TLS a FIN is all the word that there is', async () => {
  const server = await servers.raw([{ expectHead: true }, { send: UNTIL_CLOSE }, FIN]);
  const http = await connect(server);
  const { body, status } = await exchange(http, Method.GET, '/');
  expect([body.length, status]).toEqual([BODY.length, Status.DISCONNECTED]);
});

test('many at once end as they should, each', async () => {
  const [said, cut] = await Promise.all(
    [WORD, FIN].map((end) => servers.raw([{ expectHead: true }, { send: UNTIL_CLOSE }, end], { tls: true })),
  );
  const ends = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => {
      const server = index % 2 === 0 ? said : cut;
      if (!server) throw new Error('no server');
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, TLSOptions.client(ca));
      await settled(http);
      return (await exchange(http, Method.GET, '/')).status;
    }),
  );
  const pair = [Status.DISCONNECTED, Status.CONNECTION_ERROR];
  expect(ends).toEqual(Array.from({ length: 8 }, () => pair).flat());
});
