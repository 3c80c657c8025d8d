import { HTTPRequest, Result, Status, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, turn } from '../../support/client.ts';
import { heardBy, tickUntil } from '../../support/requests.ts';
import { type Script, test } from '../../support/servers.ts';

/** All of an answer but its last byte, and that when the test says so. */
const inTwo: Script = [
  { expectHead: true },
  { send: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789' },
  { waitFor: 'the rest' },
  { send: '0' },
  { hold: true },
];

describe('the signal comes with the next tick after the last byte of the answer', () => {
  test('and not before: neither with a tick before that, nor without one', async ({ servers }) => {
    const server = await servers.raw(inTwo);
    const http = new HTTPRequest();
    const heard = heardBy(http);
    http.request(server.url());
    await tickUntil(() => http.getDownloadedBytes() === 9);
    for (let count = 0; count < 20; count++) {
      tick();
      await turn();
    }
    expect([heard, http.getHttpClientStatus()]).toEqual([[], Status.BODY]);
    server.release('the rest');
    // This is how the test knows that the worker has told the end: it needs no tick.
    const { body } = await http.completed();
    for (let turns = 0; turns < 20; turns++) await turn();
    expect([heard, http.isBusy()]).toEqual([[], false]);
    tick();
    expect(heard).toEqual([{ result: Result.SUCCESS, code: 200, headers: ['Content-Length: 10'], body }]);
    tick();
    expect(heard).toHaveLength(1);
  });

  test('which also finds it, if nobody has looked', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(inTwo);
    const http = new HTTPRequest({ pool });
    const heard = heardBy(http);
    http.request(server.url());
    await tickUntil(() => http.getDownloadedBytes() === 9);
    const client = await connect(await servers.http(), { pool });
    server.release('the rest');
    server.blockUntil('the rest is sent', ({ sent }) => sent === inTwoBytes);
    // The same thread answers each of these in a later turn of its event loop. They are no whole requests: nothing of
    // those is looked at.
    for (let count = 0; count < 3; count++) expect((await get(client, '/bytes/1')).body).toHaveLength(1);
    expect([heard, http.isBusy()]).toEqual([[], true]);
    tick();
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
  });

  test('with a loop that never yields: poll() of one does not signal for another', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(inTwo);
    const other = await servers.http();
    const [http, polled] = [new HTTPRequest({ pool }), new HTTPRequest({ pool })];
    const [heard, heardOther] = [heardBy(http), heardBy(polled)];
    http.request(server.url());
    await tickUntil(() => http.getDownloadedBytes() === 9);
    server.release('the rest');
    server.blockUntil('the rest is sent', ({ sent }) => sent === inTwoBytes);
    polled.blockingModeEnabled = true;
    for (let count = 1; count <= 3; count++) {
      polled.request(other.url('/bytes/1'));
      polled.poll();
      expect(heardOther).toHaveLength(count);
    }
    expect([heard, http.isBusy()]).toEqual([[], false]);
    tick();
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
  });
});

const inTwoBytes = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890'.length;
