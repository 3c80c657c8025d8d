import { Method, Result, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { checkPattern, fillPattern } from '../support/pattern.mjs';
import { freshSeed, randomFrom } from '../support/random.mjs';
import { runScript } from '../support/run-script.ts';
import { type Script, type Step, test } from '../support/servers.ts';
import { fetched, start } from '../support/whole.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
/** Idle connections live longer than a busy machine may take from one request to the next. */
const KEEPING = { threads: 1, keepAliveTimeout: 60_000 };

describe('3. Bytes are delivered once, in order, or the failure is reported: the answer of a whole request', () => {
  test.for([
    ['of a length', `${OK}Content-Length: 8\r\n\r\nabcdefgh`],
    ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX: y\r\n\r\n`],
    ['until the close', `${OK}\r\nabcdefgh`],
    ['behind an interim answer', `HTTP/1.1 103 Early Hints\r\n\r\n${OK}Content-Length: 8\r\n\r\nabcdefgh`],
  ] as const)('%s, cut at every place', async ([framing, answer], { servers }) => {
    await using pool = new WorkerPool(KEEPING);
    const cuts = Array.from({ length: answer.length + 1 }, (_none, at) => at);
    const server = await servers.raw(
      cuts.map((at): Script => [{ expectHead: true }, { send: answer.slice(0, at) }, { end: true }]),
    );
    const headEnd = answer.indexOf('\r\n\r\n', answer.lastIndexOf(OK)) + 4;
    for (const at of cuts) {
      const got = await fetched(server.url(), { headers: ['Connection: close'], options: { pool } });
      const whole = framing === 'until the close' ? at >= headEnd : at === answer.length;
      const label = `${at} of ${answer.length} bytes`;
      expect([got.result, got.failure?.request], label).toEqual(
        whole ? [Result.SUCCESS, undefined] : [Result.CONNECTION_ERROR, at === 0 ? 'unanswered' : 'answered'],
      );
      const body = framing === 'until the close' ? answer.slice(headEnd, at) : 'abcdefgh';
      expect([got.responseCode, got.text()], label).toEqual(whole ? [200, body] : [0, '']);
    }
    expect(server.counts).toMatchObject({ connections: cuts.length, requests: cuts.length });
  });

  test('bodies of all framings, over new connections and kept ones, cut off anywhere or not at all', async ({
    servers,
  }) => {
    await using pool = new WorkerPool(KEEPING);
    const seed = freshSeed();
    const random = randomFrom(seed);
    const cases = Array.from({ length: 80 }, () => randomAnswer(random));
    const server = await servers.raw(cases.map(({ script }) => script));
    for (const [index, { framing, size, sent, kept, ending }] of cases.entries()) {
      const label = `TICKHTTP_SEED=${seed} case ${index}: ${sent} of ${size} bytes, ${framing}, ${ending}, kept: ${kept}`;
      const options = { pool };
      if (kept) expect((await fetched(server.url(), { options })).text(), label).toBe('first');
      const http = start(server.url(), { options });
      const { result, body, failure } = await http.completed();
      // Until the close there is no telling whether that was all, but a reset is none.
      const whole = sent === size || (framing === 'close' && ending === 'end');
      // A reset can overtake bytes; but then none of them is told of as if they were all.
      const told = framing !== 'close' && result === Result.SUCCESS;
      if (whole && (ending === 'end' || told)) {
        expect([result, body.length, failure], label).toEqual([Result.SUCCESS, sent, null]);
        expect(http.getDownloadedBytes(), label).toBe(sent);
        checkPattern(body);
      } else {
        expect([result, body.length], label).toEqual([Result.CONNECTION_ERROR, 0]);
        if (ending === 'end')
          expect(failure, label).toMatchObject({ code: 'TRUNCATED_BODY', request: 'answered' });
        expect(http.getDownloadedBytes(), label).toBeLessThanOrEqual(sent);
      }
    }
    expect(server.counts.connections).toBe(cases.length);
  });
});

describe('3. What a call has accepted for sending is sent, or its loss is reported: the body of a whole request', () => {
  test('cut off anywhere or not at all, over new connections and kept ones', async ({ servers }) => {
    await using pool = new WorkerPool(KEEPING);
    const seed = freshSeed();
    const random = randomFrom(seed);
    const sent = fillPattern(new Uint8Array(900_000));
    const cases = Array.from({ length: 60 }, () => {
      const size = 1 + random(random(2) === 0 ? 3000 : sent.length);
      return { size, taken: random(2) === 0 ? size : random(size), ...randomUpload(random) };
    });
    const ends = { end: { end: true }, destroy: { destroy: true }, reset: { reset: true } } as const;
    const server = await servers.raw(
      cases.map(({ size, taken, kept, ending }): Script => {
        const read: Step[] = [{ expectHead: true }, { expectBytes: taken }];
        const answer: Step[] = taken === size ? [{ send: `${OK}Content-Length: 4\r\n\r\ndone` }] : [];
        // What has brought an answer must not meet the reset of its connection.
        const end = taken === size ? ends.end : ends[ending];
        return [...(kept ? FIRST : []), ...read, ...answer, end];
      }),
    );
    for (const [index, { size, taken, method, kept, ending }] of cases.entries()) {
      const label = `TICKHTTP_SEED=${seed} case ${index}: ${taken} of ${size} bytes, ${ending}, ${method}, kept: ${kept}`;
      if (kept) expect((await fetched(server.url(), { options: { pool } })).text(), label).toBe('first');
      // With a time limit it is sent in pieces.
      const pieces = index % 2 === 0 ? {} : { timeouts: { headers: 60_000 } };
      const asked = { method, headers: CLOSE, body: sent.slice(0, size), options: { pool, ...pieces } };
      const http = start(server.url(), asked);
      const { result, failure } = await http.completed();
      const whole = taken === size;
      expect([result, failure?.request], label).toEqual(
        whole ? [Result.SUCCESS, undefined] : [Result.CONNECTION_ERROR, 'unanswered'],
      );
      expect(http.getUploadedBytes(), label).toBeLessThanOrEqual(size);
      if (whole) expect(http.getUploadedBytes(), label).toBe(size);
      const { received } = await server.closed(index);
      const body = received.subarray(Buffer.from(received).lastIndexOf('\r\n\r\n') + 4);
      if (whole) expect(body.length, label).toBe(size);
      checkPattern(body);
    }
    expect(server.counts.connections).toBe(cases.length);
  });
});

const CLOSE = ['Connection: close'];
const FIRST: Script = [{ expectHead: true }, { send: `${OK}Content-Length: 5\r\n\r\nfirst` }];

/** Of a method that is not repeated: what became of the first attempt is the result. */
function randomUpload(random: (limit: number) => number) {
  const kept = random(2) === 0;
  const method = kept || random(2) === 0 ? Method.POST : Method.PUT;
  return { kept, method, ending: (['end', 'destroy', 'reset'] as const)[random(3)] ?? 'end' };
}

interface RandomAnswer {
  readonly framing: 'length' | 'chunked' | 'close';
  readonly size: number;
  /** Body bytes that leave the server. */
  readonly sent: number;
  /** The connection has brought another answer before. */
  readonly kept: boolean;
  readonly ending: 'end' | 'reset';
  readonly script: Script;
}

function randomAnswer(random: (limit: number) => number): RandomAnswer {
  const framing = (['length', 'chunked', 'close'] as const)[random(3)] ?? 'length';
  const size = 1 + random(random(2) === 0 ? 300 : 700_000);
  const sent = random(2) === 0 ? size : random(size);
  const kept = random(2) === 0;
  const ending = !kept && random(2) === 0 ? 'reset' : 'end';
  const head = {
    length: `Content-Length: ${size}\r\nConnection: close\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\nConnection: close\r\n',
    close: '',
  }[framing];
  const body = fillPattern(new Uint8Array(size));
  const pieces: Uint8Array[] = [Buffer.from(`${OK}${head}\r\n`)];
  for (let at = 0; at < sent; ) {
    const piece = body.subarray(at, Math.min(sent, at + 1 + random(random(2) === 0 ? 50 : 200_000)));
    if (framing === 'chunked') pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`));
    pieces.push(piece);
    if (framing === 'chunked') pieces.push(Buffer.from('\r\n'));
    at += piece.length;
  }
  if (framing === 'chunked' && sent === size) pieces.push(Buffer.from('0\r\n\r\n'));
  // The first pieces one by one, the rest at once.
  const steps = [...pieces.slice(0, 10), Buffer.concat(pieces.slice(10))].map((send): Step => ({ send }));
  const last: Step = ending === 'end' ? { end: true } : { reset: true };
  return {
    framing,
    size,
    sent,
    kept,
    ending,
    script: [...(kept ? FIRST : []), { expectHead: true }, ...steps, last],
  };
}

describe('9. A reply is never handed to another request: unsolicited or left-over bytes end the connection', () => {
  // The worker stands still meanwhile: it finds the reply that nobody asked for, and the next request, at once.
  test.for(['idle', 'queue', 'redirect'])('whole requests: %s', async (kind) => {
    const run = await runScript('test/invariants/scripts/unasked-replies.mjs', {
      args: [kind],
      workerPreload: new URL('../support/scripts/held-worker.mjs', import.meta.url).href,
    });
    const told: unknown[] = JSON.parse(run.stdout || JSON.stringify(run.stderr));
    // Of each size of the first answer: what the second request got, and what each connection was asked for.
    expect(told).toEqual(Array(7).fill([expect.any(Number), '/second', ['/first'], ['/second']]));
  });
});
