import { afterEach, describe, expect } from 'vitest';
import { Link } from '../../../src/main/connection/link.ts';
import { normaliseOptions } from '../../../src/main/options/options.ts';
import { UploadPieces } from '../../../src/main/place/node/upload-pieces.ts';
import { Status } from '../../../src/shared/enums.ts';
import { RecordType } from '../../../src/shared/log/layout.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import type { Lent } from '../../../src/worker/connection/lent.ts';
import type { ClientSession, Common } from '../../../src/worker/session/client-session.ts';
import { turn } from '../../support/client.ts';
import { eventually } from '../../support/eventually.ts';
import { sessionOf } from '../../support/make-log.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { type Script, test } from '../../support/servers.ts';
import { sessionCommon } from '../../support/session-common.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Both halves of two clients, on this thread: what each of them hears, and when, is for the test to say. */
function makeTwo(giverSize: number, heirSize: number, lent?: Lent) {
  const common = sessionCommon(lent);
  return { giver: makeClient(giverSize, common), heir: makeClient(heirSize, common), common };
}

function makeClient(size: number, common: Common) {
  const link = new Link(
    1,
    size,
    normaliseOptions({ limits: { headSize: 1024, headFields: 8 } }).client,
    'shared',
    new UploadPieces(() => {}),
  );
  const session = sessionOf(link, common);
  const reader = new LogReader(link.memory);
  reader.open(1);
  ends.push(() => {
    session.end();
    link.cut(false);
  });
  const hear = (message: Parameters<ClientSession['hear']>[0]): void => session.hear(message);
  /** Reads what has come, into `target` from `at` on, and returns where that ends. */
  const read = (target: Uint8Array, at: number): number => {
    for (; reader.peek() === RecordType.STATUS; reader.next());
    if (reader.peek() === RecordType.FAILURE) throw new Error(Buffer.from(reader.payload()).toString());
    const count = reader.copyBody(target, at);
    if (reader.release()) hear({ verb: 'wake' });
    return at + count;
  };
  return { link, reader, hear, read };
}

type Client = ReturnType<typeof makeClient>;

async function readUpTo(client: Client, target: Uint8Array, from: number, to: number): Promise<void> {
  let at = from;
  await eventually(() => {
    at = client.read(target.subarray(0, to), at);
    expect(at).toBe(to);
  });
}

async function connected(client: Client): Promise<void> {
  await eventually(() => {
    client.read(new Uint8Array(0), 0);
    expect(client.reader.a).toBe(Status.CONNECTED);
  });
}

const NOWHERE = { path: null, tls: null, proxy: null, environment: null, proxyDefaults: null };
const SIZE = 600_000;
const FIRST = 200_000;
/** More than the system takes for a peer that reads nothing. */
const SENT = 24 * 2 ** 20;
const bytes = fillPattern(new Uint8Array(SIZE));
const SCRIPT: Script = [
  { waitFor: 'first' },
  { send: bytes.subarray(0, FIRST) },
  { waitFor: 'rest' },
  { send: bytes.subarray(FIRST) },
  { hold: true },
];

test.for([
  ['before it has been told of the connection', false],
  ['after that', true],
] as const)(
  'what comes for an heir %s is kept for it, and leaves the memory of the giver alone',
  async ([, told], { servers }) => {
    const server = await servers.raw(SCRIPT);
    const { host, port } = server;
    const { giver, heir } = makeTwo(2 ** 20, 16_384);
    giver.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
    await eventually(() => expect(giver.reader.peek()).toBe(RecordType.STATUS));
    giver.hear({ verb: 'stream' });
    const all = new Uint8Array(SIZE);
    server.release('first');
    await readUpTo(giver, all, 0, FIRST - 1000);
    await eventually(() => expect(giver.reader.bodyBytes(SIZE)).toBe(1000));

    giver.hear({ verb: 'give', handover: 1, unread: giver.reader.unread(), unsent: 0 });
    const before = giver.link.memory.ring.slice();
    const take = (): void => {
      heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
      heir.hear({ verb: 'stream' });
    };
    if (told) take();
    server.release('rest');
    // Until there is more to be read than the heir has memory for.
    server.blockUntil('the rest', ({ sent }) => sent >= FIRST + 65_536);
    for (let turns = 0; turns < 20; turns++) await turn();
    if (!told) take();
    await readUpTo(heir, all, FIRST - 1000, SIZE);
    checkPattern(all);
    expect(Buffer.compare(giver.link.memory.ring, before)).toBe(0);
  },
);

test('what was sent while nobody had the connection counts as sent for who has it then', async ({
  servers,
}) => {
  const server = await servers.raw([{ expectBytes: 3 }, { hold: true }]);
  const { host, port } = server;
  const { giver, heir } = makeTwo(2 ** 20, 2 ** 20);
  giver.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
  await connected(giver);
  giver.hear({ verb: 'stream' });
  giver.hear({ verb: 'write', bytes: new Uint8Array(3) });
  giver.hear({ verb: 'give', handover: 1, unread: giver.reader.unread(), unsent: 3 });
  await server.waitFor('all', ({ bytesReceived }) => bytesReceived === 3);
  heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
  expect(heir.reader.sent()).toBe(3);
});

test('who gives on what has not come yet has what is unsent counted from there', async ({ servers }) => {
  const server = await servers.raw([{ expectBytes: 6 }, { hold: true }]);
  const { host, port } = server;
  const { giver, heir: between, common } = makeTwo(2 ** 20, 2 ** 20);
  const heir = makeClient(2 ** 20, common);
  const write = (client: Client): void => client.hear({ verb: 'write', bytes: new Uint8Array(3) });
  heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 2 } });
  between.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
  between.hear({ verb: 'stream' });
  write(between);
  between.hear({ verb: 'give', handover: 2, unread: null, unsent: 6 });
  giver.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
  await connected(giver);
  giver.hear({ verb: 'stream' });
  write(giver);
  giver.hear({ verb: 'give', handover: 1, unread: giver.reader.unread(), unsent: 3 });
  await server.waitFor('both', ({ bytesReceived }) => bytesReceived === 6);
  await eventually(() => expect(heir.reader.sent()).toBe(6));
});

/** Counts who uses bytes. */
class Users implements Lent {
  readonly held: Uint8Array[] = [];
  given = 0;

  hold(bytes: Uint8Array): void {
    this.held.push(bytes);
  }

  release(bytes: Uint8Array): void {
    const index = this.held.indexOf(bytes);
    if (index < 0) throw new Error('bytes are released that nobody holds');
    this.held.splice(index, 1);
    if (this.held.length === 0) this.given += 1;
  }

  giveBack(): void {
    this.given += 1;
  }
}

describe('the memory of bytes that are never sent is given back:', () => {
  test('no connection has come', () => {
    const users = new Users();
    const { giver, heir } = makeTwo(2 ** 20, 2 ** 20, users);
    heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
    heir.hear({ verb: 'stream' });
    heir.hear({ verb: 'write', bytes: new Uint8Array(3) });
    expect(users.given).toBe(0);
    giver.hear({ verb: 'give', handover: 1, unread: null, unsent: 0 });
    expect(users.given).toBe(1);
    heir.hear({ verb: 'write', bytes: new Uint8Array(3) });
    expect([users.given, users.held]).toEqual([2, []]);
  });

  test('it would have gone on to another client', () => {
    const users = new Users();
    const { giver, heir: between, common } = makeTwo(2 ** 20, 2 ** 20, users);
    const heir = makeClient(2 ** 20, common);
    heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 2 } });
    between.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
    between.hear({ verb: 'stream' });
    between.hear({ verb: 'write', bytes: new Uint8Array(3) });
    between.hear({ verb: 'give', handover: 2, unread: null, unsent: 3 });
    expect(users.given).toBe(0);
    giver.hear({ verb: 'give', handover: 1, unread: null, unsent: 0 });
    expect(users.given).toBe(1);
  });

  test('it was reset in the middle of a write', async ({ servers }) => {
    const users = new Users();
    const script: Script = [{ pauseReading: true }, { waitFor: 'full' }, { reset: true }];
    const server = await servers.raw(script);
    const { host, port } = server;
    const { giver, heir } = makeTwo(2 ** 20, 2 ** 20, users);
    giver.hear({ verb: 'connect', epoch: 1, host, port, ...NOWHERE });
    await connected(giver);
    giver.hear({ verb: 'stream' });
    giver.hear({ verb: 'write', bytes: new Uint8Array(SENT) });
    server.release('full');
    await eventually(() => expect(users.held).toEqual([]));
    const { given } = users;
    giver.hear({ verb: 'write', bytes: new Uint8Array(3) });
    expect([users.given, users.held]).toEqual([given + 1, []]);
    // A client that gets the connection now must not take them for sent.
    const unsent = SENT + 3 - giver.reader.sent();
    giver.hear({ verb: 'give', handover: 1, unread: null, unsent });
    heir.hear({ verb: 'adopt', epoch: 1, source: { handover: 1 } });
    expect(heir.reader.sent()).toBe(0);
  });
});
