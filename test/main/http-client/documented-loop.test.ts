import { HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { turn } from '../../support/client.ts';
import { type Script, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const BODY = 'Hello from a very slow server, grüße!';
const HALF = BODY.length / 2;
const OK = 'HTTP/1.1 200 OK\r\n';

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** https://docs.godotengine.org/en/stable/tutorials/networking/http_client_class.html, line by line. */
async function fetchAsDocumented(
  host: string,
  port: number,
  tls: TLSOptions | null,
): Promise<{ http: HTTPClient; body: string }> {
  const http = new HTTPClient();
  http.connectToHost(host, port, tls);

  while (http.getStatus() === Status.CONNECTING || http.getStatus() === Status.RESOLVING) {
    http.poll();
    await turn();
  }
  expect(http.getStatus()).toBe(Status.CONNECTED);

  http.request(Method.GET, '/', ['User-Agent: Pirulo/1.0 (Godot)', 'Accept: */*']);
  while (http.getStatus() === Status.REQUESTING) {
    http.poll();
    await turn();
  }

  let body = new Uint8Array(0);
  while (http.getStatus() === Status.BODY) {
    http.poll();
    const chunk = http.readResponseBodyChunk();
    if (chunk.length === 0) await turn();
    else body = Uint8Array.from([...body, ...chunk]);
  }
  return { http, body: new TextDecoder().decode(body) };
}

const ANSWERS: { name: string; answer: string; last?: Script; status: Status }[] = [
  {
    name: 'of fixed length',
    answer: `${OK}Content-Length: ${Buffer.byteLength(BODY)}\r\n\r\n${BODY}`,
    status: Status.CONNECTED,
  },
  {
    name: 'of fixed length, with Connection: close',
    answer: `${OK}Connection: close\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n\r\n${BODY}`,
    last: [{ end: true }],
    status: Status.DISCONNECTED,
  },
  {
    name: 'in chunks',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n${chunk(BODY.slice(0, HALF))}${chunk(BODY.slice(HALF))}0\r\n\r\n`,
    status: Status.CONNECTED,
  },
  {
    name: 'in chunks of one character, with trailers',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n${[...BODY].map(chunk).join('')}0\r\nX-Sum: 1\r\n\r\n`,
    status: Status.CONNECTED,
  },
  { name: 'until the close', answer: `${OK}\r\n${BODY}`, last: [{ end: true }], status: Status.DISCONNECTED },
];

describe.each([
  ['http', '127.0.0.1', false],
  ['http', 'localhost', false],
  ['https', '127.0.0.1', true],
  ['https', 'localhost', true],
] as const)('the loop of Godot’s documentation, by %s from %s, a byte at a time', (_kind, host, tls) => {
  test.each(ANSWERS)('reads a body $name, and ends', async ({ answer, last = [], status }) => {
    const server = await servers.raw([{ expectHead: true }, { sendEach: answer }, ...last], { tls });
    const { cert } = await servers.authority();
    const { http, body } = await fetchAsDocumented(host, server.port, tls ? TLSOptions.client(cert) : null);
    expect([http.hasResponse(), http.getResponseCode(), body]).toEqual([true, 200, BODY]);
    expect([http.getStatus(), http.getLastError()]).toEqual([status, null]);
  });
});
