import { describe, expect, test } from 'vitest';
import { readBody, settled } from '../../support/client.ts';
import { LONG, SLACK, SlowServers, STEP } from '../../support/slow-servers.ts';

const MIB = 2 ** 20;
const hold = { hold: true } as const;

const slow = new SlowServers();

describe('the time for a body', () => {
  const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const wait = { waitFor: 'go' };

  /** The server sends one of the pieces in each STEP. Resolves with how the request has ended. */
  async function drip(
    start: string,
    pieces: readonly (string | Uint8Array)[],
    factor = 1,
  ): Promise<string | number> {
    const script = pieces.flatMap((send) => [wait, { send }]);
    const { http, server } = await slow.asking([{ send: start }, ...script, hold], { body: LONG * factor });
    let over = false;
    const body = settled(http)
      .then(() => readBody(http))
      .finally(() => {
        over = true;
      });
    while (!over) {
      await slow.clock.elapse(STEP * factor);
      server.release('go');
    }
    return http.getLastError()?.code ?? (await body).length;
  }

  test.each([
    ['an extension', `${CHUNKED}1;a`],
    ['an extension behind some body', `${CHUNKED}1\r\na\r\n1;a`],
    ['the padding of a size', `${CHUNKED}1`, ' '],
    ['the zeros of a size', CHUNKED, '0'],
    ['trailers', `${CHUNKED}1\r\na\r\n0\r\nA: `],
  ])('is not put back by %s', async (_what, start, piece = 'a') => {
    expect(await drip(start, Array(12).fill(piece))).toBe('BODY_TIMEOUT');
  });

  test.each([
    ['in chunks', CHUNKED, [...Array(4).fill('1\r\na\r\n'), '0\r\n\r\n'], 4],
    ['in parts of a chunk', `${CHUNKED}4\r\n`, ['a', 'b', 'c', 'd\r\n0\r\n\r\n'], 4],
    [
      'read straight into its buffer',
      `HTTP/1.1 200 OK\r\nContent-Length: ${4 * MIB}\r\n\r\n`,
      Array(4).fill(new Uint8Array(MIB)),
      4 * MIB,
    ],
  ])('is put back by a body %s', (_how, start, pieces, length) =>
    slow.inTime(SLACK.long, async (factor) => {
      expect(await drip(start, pieces, factor)).toBe(length);
    }),
  );
});
