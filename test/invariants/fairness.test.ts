import { describe, expect, onTestFinished } from 'vitest';
import { adjustmentsOf } from '../../src/main/http-request/adjustable-request.ts';
import { HTTPRequest } from '../../src/main/http-request/http-request.ts';
import { Result } from '../../src/shared/enums.ts';
import { type CompletionArrays, completionFromArray, orderToArray } from '../../src/shared/message-arrays.ts';
import type { Completion } from '../../src/shared/messages.ts';
import { createSlots, RequestSlots } from '../../src/shared/request-slots.ts';
import { NOTHING_LENT } from '../../src/worker/connection/lent.ts';
import { wireExchanges } from '../../src/worker/exchange/wire-exchanges.ts';
import { eventLoop } from '../../src/worker/node/event-loop.ts';
import { NodeFiles } from '../../src/worker/node/files/node-files.ts';
import { NodeNetwork } from '../../src/worker/node/network.ts';
import { nodeUnpacking } from '../../src/worker/node/unpack/unpacking.ts';
import { RequestsSession } from '../../src/worker/session/requests-session.ts';
import { turn } from '../support/client.ts';
import { type Step, type TestServer, test } from '../support/servers.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const PIECE = 'x'.repeat(65_536);
const ROUNDS = 10;

/** The worker's side of whole requests on this thread, so that a test can count the turns of its event loop. */
class Worker {
  readonly completions: Completion[] = [];
  readonly #session: RequestsSession;
  #ids = 0;
  /** Read from the flooding server in one turn of the event loop. */
  mostBytes = 0;

  constructor() {
    const keeping = { connectionsPerOrigin: 6, keepAliveTimeout: 4000 };
    const traffic = { requests: 0, bytesRead: 0, bytesWritten: 0 };
    const platform = {
      network: new NodeNetwork(NOTHING_LENT),
      files: new NodeFiles(),
      unpacking: nodeUnpacking,
      loop: eventLoop,
      lent: NOTHING_LENT,
    };
    const tools = { ...platform, scratch: new Uint8Array(2 ** 20), traffic };
    const tell = (arrays: CompletionArrays): void =>
      void this.completions.push(...arrays.map(completionFromArray));
    this.#session = new RequestsSession(new RequestSlots(createSlots()), {
      later: eventLoop.later,
      open: wireExchanges(tools, keeping),
      port: { postMessage: tell },
    });
    onTestFinished(() => void this.#session.end());
  }

  order(server: TestServer): void {
    const settings = adjustmentsOf(new HTTPRequest()).settings();
    if ('phase' in settings) throw new Error(settings.message);
    const id = this.#ids++;
    const what = { url: server.url(), method: 'GET', headers: [], body: [] };
    const limits = { timeout: 0, bodySizeLimit: 2 ** 30, maxRedirects: 8, file: null, acceptGzip: true };
    this.#session.hear(orderToArray(id, id, { ...what, ...limits }, settings));
  }

  /** One turn of the event loop. */
  async turn(flooding: TestServer): Promise<void> {
    const before = this.bytesFrom(flooding);
    await turn();
    this.mostBytes = Math.max(this.mostBytes, this.bytesFrom(flooding) - before);
  }

  bytesFrom(server: TestServer): number {
    const all = this.#session.exchanges.connections;
    return all.reduce((sum, { origin, bytesRead }) => sum + (server.url('') === origin ? bytesRead : 0), 0);
  }
}

describe('11. One connection never makes another of its thread wait: whatever a peer sends to whole requests, they get a bounded piece of a turn', () => {
  // The last column: bytes that a turn may read of one of them. It is less where there is more work in them; the most is
  // a read of 4 MiB, and what is just too little to end a turn before that.
  test.for<[string, number, string, string, number]>([
    ['chunks of one byte', 1, CHUNKED, '1\r\nx\r\n', 20_000],
    ['chunks of one byte', 5, CHUNKED, '1\r\nx\r\n', 20_000],
    ['chunks of one byte, with an extension', 1, CHUNKED, '1;a=b\r\nx\r\n', 20_000],
    ['chunks of sixteen bytes', 1, CHUNKED, '10\r\n0123456789abcdef\r\n', 70_000],
    ['chunks of 64 KiB', 1, CHUNKED, `10000\r\n${PIECE}\r\n`, 7_000_000],
    ['body until the close', 1, `${OK}\r\n`, PIECE, 7_000_000],
    ['body until the close', 5, `${OK}\r\n`, PIECE, 7_000_000],
    ['body of a length', 1, `${OK}Content-Length: 1000000000\r\n\r\n`, PIECE, 7_000_000],
  ])('an endless flood: %s, over %i connections', async ([, floods, head, endless, most], { servers }) => {
    const flooding = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: endless }]);
    const answer = `${OK}Content-Length: 2\r\n\r\nok`;
    const answers = Array.from({ length: ROUNDS }, (): Step[] => [{ expectHead: true }, { send: answer }]);
    const calm = await servers.raw([...answers.flat(), { hold: true }]);
    const worker = new Worker();
    for (let count = 0; count < floods; count++) worker.order(flooding);
    while (flooding.counts.requests < floods) await worker.turn(flooding);
    for (let round = 1; round <= ROUNDS; round++) {
      // This thread stands still, until all that the system takes of the flood is there.
      const taken = worker.bytesFrom(flooding);
      flooding.blockUntil('the flood', ({ sent }) => sent - taken > 500_000 * floods);
      worker.order(calm);
      while (calm.counts.requests < round) await worker.turn(flooding);
      calm.blockUntil('its answer', ({ sent }) => sent >= round * answer.length);
      let turns = 0;
      for (; worker.completions.length < round; turns++) await worker.turn(flooding);
      expect(turns).toBeLessThanOrEqual(4);
    }
    expect(worker.completions.map(({ result }) => result)).toEqual(Array(ROUNDS).fill(Result.SUCCESS));
    expect(worker.mostBytes).toBeGreaterThan(0);
    expect(worker.mostBytes).toBeLessThan(most * floods);
  });
});
