import { HTTPClient, Method, Status } from 'tickhttp';
import { expect } from 'vitest';
import { text } from '../../support/client.ts';
import { test } from '../../support/servers.ts';

test('the read that takes the last byte of an early answer leaves BODY', async ({ servers }) => {
  const server = await servers.raw([
    { expectHead: true },
    { pauseReading: true },
    { send: 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nearly' },
    { hold: true },
  ]);
  const body = new Uint8Array(50_000_000);
  for (let round = 0; round < 10; round++) {
    const http = new HTTPClient();
    http.blockingModeEnabled = true;
    http.connectToHost(server.host, server.port);
    http.poll();
    http.requestRaw(Method.POST, '/', [], body);
    http.poll();
    expect([text(http.readResponseBodyChunk()), http.getStatus()]).toEqual(['early', Status.DISCONNECTED]);
    http[Symbol.dispose]();
  }
});
