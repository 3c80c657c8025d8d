import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, readBody, settled, text } from '../../support/client.ts';
import { Clock } from '../../support/clock.ts';
import { failed } from '../../support/proxied.ts';
import { type Servers, startServers } from '../../support/servers.ts';

/** Milliseconds, odd enough to be known in a message. */
const SHORT = 151;
const LONG = 60_000;

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890';

let shared: Servers;
let clock: Clock;
beforeAll(async () => {
  shared = await startServers();
  clock = new Clock(await shared.silent());
});
afterAll(async () => {
  await clock.pool.close();
  await shared.close();
});

async function connected(): Promise<HTTPClient> {
  return connect(await shared.http(), { pool: clock.pool });
}

test('setTimeouts() counts from the next request on', async () => {
  const answer = [{ expectHead: true }, { waitFor: 'go' }, { send: ANSWER }] as const;
  const server = await shared.raw([...answer, ...answer, { hold: true }]);
  const http = await connect(server, { pool: clock.pool });
  http.request(Method.GET, '/', []);
  http.setTimeouts({ headers: SHORT });
  await clock.elapse(2 * SHORT);
  server.release('go');
  expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
  http.setTimeouts({ headers: LONG });
  http.request(Method.GET, '/', []);
  await clock.elapse(2 * SHORT);
  server.release('go');
  expect([await settled(http), text(await readBody(http))]).toEqual([Status.BODY, '1234567890']);
  http.setTimeouts({ headers: SHORT });
  http.setTimeouts({});
  http.request(Method.GET, '/', []);
  expect(await failed(http)).toMatchObject({ code: 'HEADERS_TIMEOUT', request: 'unanswered' });
});

test('setTimeouts() counts from the next connection on, whose worker knows the client or not', async () => {
  const deaf = await shared.silent({ full: true });
  const http = new HTTPClient({ pool: clock.pool });
  for (const connect of [SHORT, SHORT + 1]) {
    http.setTimeouts({ connect });
    http.connectToHost(deaf.host, deaf.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({ code: 'CONNECT_TIMEOUT', status: Status.CANT_CONNECT });
    expect(failure.message).toContain(` ${connect} ms`);
  }
});

test('setTimeouts() counts for a connection that was given', async () => {
  const giver = await connected();
  const taker = new HTTPClient({ pool: clock.pool });
  taker.setTimeouts({ headers: SHORT });
  taker.connection = giver.connection;
  taker.request(Method.GET, '/hang', []);
  expect((await failed(taker)).code).toBe('HEADERS_TIMEOUT');
});

test('setTimeouts() counts for the client alone, not for the next one that has its memory', async () => {
  const http = await connected();
  http.setTimeouts({ headers: SHORT });
  http[Symbol.dispose]();
  const next = await connected();
  next.request(Method.GET, '/hang', []);
  await clock.elapse(3 * SHORT);
  expect([next.poll(), next.getStatus()]).toEqual([ErrorCode.OK, Status.REQUESTING]);
});

test('setTimeouts() changes how long a call may sleep', async () => {
  const http = await connected();
  http.blockingModeEnabled = true;
  http.request(Method.GET, '/hang', []);
  http.setTimeouts({ blocking: 1 });
  const start = performance.now();
  http.poll();
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(http.getStatus()).toBe(Status.REQUESTING);
});

test.each([
  [{ headers: -1 }, RangeError, 'timeouts.headers must be 0 to 2147483647, not -1'],
  [{ headers: 1, blocking: 0 }, RangeError, 'timeouts.blocking must be 1 to 2147483647, not 0'],
  [{ headers: '1' }, TypeError, 'timeouts.headers must be a whole number, not the string "1"'],
  [{ header: 1 }, TypeError, 'there is no option timeouts.header: the options are resolve'],
  [null, TypeError, 'timeouts must be an object, not null'],
])('setTimeouts() refuses %j, and changes nothing', async (timeouts, kind, message) => {
  const http = await connected();
  const set: (timeouts: never) => void = (timeouts) => http.setTimeouts(timeouts);
  expect(() => Reflect.apply(set, null, [timeouts])).toThrow(kind);
  expect(() => Reflect.apply(set, null, [timeouts])).toThrow(message);
  http.request(Method.GET, '/hang', []);
  await clock.elapse(2 * SHORT);
  expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.REQUESTING]);
});
