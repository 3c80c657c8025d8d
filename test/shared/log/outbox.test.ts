import { receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, describe, expect } from 'vitest';
import { Link } from '../../../src/main/connection/link.ts';
import { normaliseOptions } from '../../../src/main/options/options.ts';
import { UploadPieces } from '../../../src/main/place/node/upload-pieces.ts';
import { Status } from '../../../src/shared/enums.ts';
import { RecordType } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { Inbox, Outbox } from '../../../src/shared/log/outbox.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { LogWriter } from '../../../src/shared/log/writer.ts';
import type { ClientSession } from '../../../src/worker/session/client-session.ts';
import { takeRequest } from '../../../src/worker/session/take-request.ts';
import { text } from '../../support/client.ts';
import { eventually } from '../../support/eventually.ts';
import { KINDS, sessionOf, ticketOf } from '../../support/make-log.ts';
import { type Servers, test } from '../../support/servers.ts';
import { sessionCommon } from '../../support/session-common.ts';

const links: Link[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.cut(false);
});

/** What the log of connection 1 says so far. */
function statuses(link: Link): number[] {
  const seen: number[] = [];
  const reader = new LogReader(link.memory);
  reader.open(1);
  for (; reader.peek() === RecordType.STATUS; reader.next()) seen.push(reader.a);
  return seen;
}

/** Both halves on one thread. */
function makeBoth() {
  const link = new Link(
    1,
    16_384,
    normaliseOptions({ limits: { headSize: 1024, headFields: 8 } }).client,
    'shared',
    new UploadPieces(() => {}),
  );
  links.push(link);
  const inbox = new Inbox(link.memory);
  const nextMessage = () => receiveMessageOnPort(ticketOf(link).port)?.message;
  return { link, inbox, nextMessage };
}

test('a request comes out as it went in, once', () => {
  const { link, inbox } = makeBoth();
  expect(takeRequest(inbox)).toBe(null);
  expect(link.put('GET', '/ä?q=1', ['X-Text: größer 😀', 'Empty:', 'A: b'])).toBe(true);
  expect(takeRequest(inbox)).toEqual({
    verb: 'request',
    method: 'GET',
    target: '/ä?q=1',
    headers: ['X-Text: größer 😀', 'Empty:', 'A: b'],
    bodyLength: 0,
    body: [],
  });
  expect(takeRequest(inbox)).toBe(null);
  link.put('OPTIONS', '*', []);
  expect(takeRequest(inbox)).toMatchObject({ method: 'OPTIONS', target: '*', headers: [] });
});

test('a shorter request does not show the rest of a longer one', () => {
  const { link, inbox } = makeBoth();
  link.put('GET', `/${'long'.repeat(100)}`, ['A: b']);
  takeRequest(inbox);
  link.put('GET', '/', []);
  expect(takeRequest(inbox)).toMatchObject({ target: '/', headers: [] });
});

test('a request that fills the outbox goes in, a longer one does not and leaves nothing', () => {
  const { link, inbox } = makeBoth();
  const fits = `/${'x'.repeat(link.memory.outbox.length - 'GET /'.length)}`;
  expect(link.put('GET', fits, [])).toBe(true);
  expect(takeRequest(inbox)?.target).toBe(fits);
  expect(link.put('GET', `${fits}x`, [])).toBe(false);
  // Shorter in UTF-16 than the outbox is in bytes.
  expect(link.put('GET', `/${'€'.repeat(fits.length / 2)}`, [])).toBe(false);
  expect(takeRequest(inbox)).toBe(null);
});

test('a request is taken for the connection that it was put there for, and for no other', () => {
  const { link, inbox } = makeBoth();
  const log = new LogWriter(link.memory);
  link.put('GET', '/old', []);
  log.begin(1);
  expect(takeRequest(inbox)).toBe(null);
  link.epoch = 2;
  link.put('GET', '/new', []);
  expect(takeRequest(inbox)).toBe(null);
  log.begin(2);
  expect(takeRequest(inbox)?.target).toBe('/new');
});

test('a wake is sent unless the worker looks by itself', () => {
  const { link, inbox, nextMessage } = makeBoth();
  link.put('GET', '/', []);
  expect(nextMessage()).toEqual({ verb: 'wake' });
  takeRequest(inbox);
  inbox.listens(true);
  link.put('GET', '/', []);
  expect(nextMessage()).toBe(undefined);
  takeRequest(inbox);
  inbox.listens(false);
  link.put('GET', '/', []);
  expect(nextMessage()).toEqual({ verb: 'wake' });
});

describe.each(KINDS)('an outbox in %s memory', (_kind, create) => {
  /** Both halves, each with views of its own, for connection 1. */
  function makeHalves() {
    const buffer = create(16_384);
    const [caller, worker] = [new Memory<ArrayBufferLike>(buffer), new Memory<ArrayBufferLike>(buffer)];
    const log = new LogWriter(worker);
    log.begin(1);
    return { log, outbox: new Outbox(caller), inbox: new Inbox(worker), size: caller.outbox.length };
  }
  const taken = (inbox: Inbox) => {
    const bytes = inbox.take();
    return bytes && text(bytes);
  };

  test('gives out what was put there, once and whole', () => {
    const { outbox, inbox } = makeHalves();
    expect(taken(inbox)).toBe(null);
    for (const request of ['GET /größer 😀', 'GET /', '']) {
      outbox.put(request, 1);
      expect(taken(inbox)).toBe(request);
      expect(taken(inbox)).toBe(null);
    }
  });

  test('takes what fits, and of what is too long nothing', () => {
    const { outbox, inbox, size } = makeHalves();
    expect(outbox.put('x'.repeat(size), 1)).toBe('unseen');
    expect(taken(inbox)).toBe('x'.repeat(size));
    expect(outbox.put('x'.repeat(size + 1), 1)).toBe('too long');
    expect(taken(inbox)).toBe(null);
  });

  test('keeps a request for the connection that it is for', () => {
    const { outbox, inbox, log } = makeHalves();
    outbox.put('GET /', 2);
    expect(taken(inbox)).toBe(null);
    log.begin(2);
    expect(taken(inbox)).toBe('GET /');
  });

  test('tells the caller whether the worker looks by itself', () => {
    const { outbox, inbox } = makeHalves();
    const puts = [false, true, false].map((listens) => {
      inbox.listens(listens);
      const put = outbox.put('GET /', 1);
      inbox.take();
      return put;
    });
    expect(puts).toEqual(['unseen', 'seen', 'unseen']);
  });
});

/** The worker's half of a client, on this thread. */
function makeSession(link: Link): ClientSession {
  return sessionOf(link, sessionCommon());
}

const NOWHERE = { path: null, tls: null, proxy: null, environment: null, proxyDefaults: null };

test('a request that is still there when the next connection begins does not go out on it', async ({
  servers,
}) => {
  const { link } = makeBoth();
  const { host, port, ...server } = await recorder(servers);
  const session = makeSession(link);
  link.put('GET', '/old', []);
  link.epoch = 1;
  session.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
  session.hear({ verb: 'wake' });
  await eventually(() => expect(statuses(link)).toContain(Status.CONNECTED));
  link.put('GET', '/new', []);
  session.hear({ verb: 'wake' });
  expect(await server.firstRequest()).toMatch(/^GET \/new /);
  session.end();
});

test('a request that is there before its connection waits for it, whatever connection there is', async ({
  servers,
}) => {
  const { link } = makeBoth();
  const { host, port, ...server } = await recorder(servers);
  const session = makeSession(link);
  link.epoch = 1;
  session.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
  await eventually(() => expect(statuses(link)).toContain(Status.CONNECTED));
  link.epoch = 2;
  link.put('GET', '/next', []);
  session.hear({ verb: 'wake' });
  const { port1, port2 } = new MessageChannel();
  const next = new Promise<string>((resolve) => {
    port1.on('message', ({ bytes }) => resolve(text(bytes)));
  });
  session.hear({ verb: 'adopt', epoch: 2, source: { relay: port2 } });
  expect(await next).toMatch(/^GET \/next /);
  session.end();
  expect((await server.ended()).bytesReceived).toBe(0);
});

/** A server that keeps what it is told. */
async function recorder(servers: Servers) {
  const server = await servers.raw([{ hold: true }]);
  return {
    host: server.host,
    port: server.port,
    ended: () => server.ended(),
    firstRequest: async () =>
      text((await server.waitFor('a request', ({ received }) => received.length > 0)).received),
  };
}
