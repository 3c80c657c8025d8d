import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { text } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { runScript } from '../../support/run-script.ts';
import { type TestServer, test } from '../../support/servers.ts';

/** Everything here happens in one turn of this thread's event loop, from connecting to the last byte. */
function blockingClient(server: TestServer): HTTPClient {
  const http = new HTTPClient({ timeouts: { blocking: PATIENCE } });
  http.setBlockingMode(true);
  expect(http.connectToHost(server.host, server.port)).toBe(ErrorCode.OK);
  expect(http.poll()).toBe(ErrorCode.OK);
  expect(http.getStatus()).toBe(Status.CONNECTED);
  return http;
}

function ask(http: HTTPClient, url: string): void {
  expect(http.request(Method.GET, url, [])).toBe(ErrorCode.OK);
  http.poll();
}

test('one poll connects, one brings the head, and reads return full chunks until the end', async ({
  servers,
}) => {
  const http = blockingClient(await servers.http());
  http.readChunkSize = 10_000;
  ask(http, '/slow/25000?every=700');
  expect([http.getStatus(), http.getResponseCode()]).toEqual([Status.BODY, 200]);
  const sizes = [];
  while (http.getStatus() === Status.BODY) sizes.push(http.readResponseBodyChunk().length);
  expect(sizes).toEqual([10_000, 10_000, 5000]);
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

test('a chunk larger than the ring is filled too', async ({ servers }) => {
  const http = blockingClient(await servers.http());
  http.readChunkSize = 16_777_216;
  ask(http, '/chunked/20000000?chunk=100000');
  const first = http.readResponseBodyChunk();
  expect(first).toHaveLength(16_777_216);
  checkPattern(first, 0);
  const target = new Uint8Array(16_777_216);
  expect(http.readResponseBodyInto(target)).toBe(20_000_000 - 16_777_216);
  checkPattern(target.subarray(0, 20_000_000 - 16_777_216), 16_777_216);
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

test('a borrowed chunk is waited for', async ({ servers }) => {
  const http = blockingClient(await servers.http());
  ask(http, '/slow/5000?every=100');
  let total = 0;
  while (http.getStatus() === Status.BODY) {
    const view = http.borrowResponseBodyChunk();
    expect(view.length > 0 || http.getStatus() !== Status.BODY).toBe(true);
    checkPattern(view, total);
    total += view.length;
  }
  expect(total).toBe(5000);
});

describe('every wait is bounded by timeouts.blocking, and goes on with the next call', () => {
  test('poll() for a head that does not come', async ({ servers }) => {
    const http = blockingClient(await servers.http());
    http.setTimeouts({ blocking: 50 });
    ask(http, '/hang');
    expect([http.getStatus(), http.poll()]).toEqual([Status.REQUESTING, ErrorCode.OK]);
    expect(http.getLastError()).toBeNull();
  });

  test('reading a body that stops', async ({ servers }) => {
    const server = await servers.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc' },
      { waitFor: 'more' },
      { send: 'def' },
    ]);
    const http = blockingClient(server);
    ask(http, '/');
    expect(http.getStatus()).toBe(Status.BODY);
    http.setTimeouts({ blocking: 50 });
    expect(text(http.readResponseBodyChunk())).toBe('abc');
    expect(http.readResponseBodyChunk()).toHaveLength(0);
    expect(http.borrowResponseBodyChunk()).toHaveLength(0);
    expect(http.getStatus()).toBe(Status.BODY);
    server.release('more');
    const rest = new Uint8Array(10);
    let read = 0;
    for (
      const end = performance.now() + PATIENCE;
      http.getStatus() === Status.BODY && performance.now() < end;
    )
      read += http.readResponseBodyInto(rest.subarray(read));
    expect(text(rest.subarray(0, read))).toBe('def');
  });

  test('connecting to a host that does not answer', async ({ servers }) => {
    const { host, port } = await servers.silent({ full: true });
    const http = new HTTPClient({ timeouts: { blocking: 50 } });
    http.blockingModeEnabled = true;
    http.connectToHost(host, port);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTING]);
    http.close();
  });
});

test('poll() does not wait in CONNECTED and BODY', async ({ servers }) => {
  const http = blockingClient(await servers.http());
  const pollWithoutSleep = () => {
    const wait = Atomics.wait;
    Atomics.wait = () => {
      throw new Error('the caller slept');
    };
    try {
      return http.poll();
    } finally {
      Atomics.wait = wait;
    }
  };
  expect(pollWithoutSleep()).toBe(ErrorCode.OK);
  ask(http, '/stream?lines=2');
  http.setTimeouts({ blocking: 50 });
  let read = 0;
  for (const end = performance.now() + PATIENCE; read < 'line 0\n'.length && performance.now() < end; )
    read += http.readResponseBodyChunk().length;
  expect(read).toBe('line 0\n'.length);
  expect([pollWithoutSleep(), http.getStatus()]).toEqual([ErrorCode.OK, Status.BODY]);
});

test('failures end the wait', async ({ servers }) => {
  const http = new HTTPClient();
  http.blockingModeEnabled = true;
  http.connectToHost('127.0.0.1', await servers.refusedPort());
  expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.ERR_CANT_CONNECT, Status.CANT_CONNECT]);
});

test('100 000 sequential keep-alive requests in one synchronous loop neither hang nor grow', async ({
  servers,
}) => {
  const server = await servers.http();
  const run = await runScript('test/support/scripts/blocking.mjs', {
    args: [String(server.port), '100000'],
    deadline: 240_000,
  });
  expect(run.stderr).toBe('');
  const result = JSON.parse(run.stdout);
  expect(result).toMatchObject({ bytes: 1_100_000, turned: false });
  // Between a quarter of the way and the end; a kilobyte a request would be 75.
  expect(result.grownMiB).toBeLessThan(40);
  expect(server.counts.connections).toBe(1);
}, 270_000);
