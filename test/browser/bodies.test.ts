import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterAll, describe, expect } from 'vitest';
import { fillPattern } from '../support/pattern.mjs';
import { closeBrowser, MODES, test } from './support/page.ts';
import type { Site } from './support/site.ts';

afterAll(closeBrowser);

const PACKERS = {
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  br: (bytes: Uint8Array) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

const SIZE = 3_000_000;

/** `/packed/<coding>`: the pattern. */
function addPacked(site: Site): void {
  site.routes.packed = ({ response, argument }) => {
    const coding = argument === 'br' ? 'br' : 'gzip';
    const bytes = fillPattern(new Uint8Array(SIZE));
    response.writeHead(200, { 'Content-Encoding': coding }).end(PACKERS[coding](bytes));
  };
}

/** `/digest`: how long the request's body is, and its digest. */
function addDigest(site: Site): void {
  site.routes.digest = async ({ request, response }) => {
    const body = await buffer(request);
    response.end(`${body.length} ${createHash('sha256').update(body).digest('hex')}`);
  };
}

describe.each(MODES)('bodies in a page, %s', (mode) => {
  test.for(['gzip', 'br'])('what came as %s is decompressed once', async (coding, { open }) => {
    const { page, site } = await open(mode);
    addPacked(site);
    const seen = await page.evaluate(async (path) => {
      const http = await connected({ bufferSize: 16_384, limits: { headSize: 2048, headFields: 100 } });
      http.request(tickhttp.Method.GET, path, []);
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
      const length = http.getResponseBodyLength();
      const read = await readChecked(http, 0, Number.POSITIVE_INFINITY);
      const request = new tickhttp.HTTPRequest();
      request.request(location.origin + path);
      const { body } = await request.completed();
      (await openCheck())(body, 0);
      return [length, read, http.getLastError(), body.length, request.getDownloadedBytes()];
    }, `/packed/${coding}`);
    expect(seen).toEqual([-1, SIZE, null, SIZE, SIZE]);
  });

  test('HEAD, 204, 205, 304 and an empty body are whole responses', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const url = location.origin;
      const http = await connected();
      const all: unknown[] = [];
      for (const [path, method] of [
        ['/bytes/7', tickhttp.Method.HEAD],
        ['/status/204', tickhttp.Method.GET],
        ['/status/205', tickhttp.Method.POST],
        ['/status/304', tickhttp.Method.GET],
        ['/bytes/0', tickhttp.Method.GET],
      ] as const) {
        const one = await exchange(http, path, { method });
        const { result, code, length, failure } = await whole(url + path, { method });
        all.push([one.statuses, one.code, one.failure, result, code, length, failure]);
      }
      return all;
    });
    const statuses = ['REQUESTING', 'CONNECTED'];
    expect(seen).toEqual(
      [200, 204, 205, 304, 200].map((code) => [statuses, code, null, 'SUCCESS', code, 0, null]),
    );
  });

  test('bytes are sent as they are, many of them', async ({ open }) => {
    const { page, site } = await open(mode);
    addDigest(site);
    const seen = await page.evaluate(async (size) => {
      const body = await pattern(size);
      const method = tickhttp.Method.PUT;
      const { text } = await exchange(await connected(), '/digest', { method, body });
      const other = await whole(`${location.origin}/digest`, { method, body: body.subarray(1) });
      return [text, other.text, body.length];
    }, SIZE);
    const bytes = fillPattern(new Uint8Array(SIZE));
    const digest = (of: Uint8Array) => `${of.length} ${createHash('sha256').update(of).digest('hex')}`;
    expect(seen).toEqual([digest(bytes), digest(bytes.subarray(1)), SIZE]);
  });

  test('twenty clients read at the same time', async ({ open }) => {
    const { page } = await open(mode);
    const lengths = await page.evaluate(async () => {
      const clients = Array.from({ length: 20 }, async (_, index) => {
        const http = await connected({ bufferSize: 32_768 });
        http.request(tickhttp.Method.GET, `/bytes/${200_000 + index}`, []);
        await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
        return await readChecked(http, 0, Number.POSITIVE_INFINITY);
      });
      return await Promise.all(clients);
    });
    expect(lengths).toEqual(Array.from({ length: 20 }, (_, index) => 200_000 + index));
  });
});
