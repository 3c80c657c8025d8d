import { ResponseParser } from '../../dist/worker/http1/parser/response-parser.js';

/** @import { Bench } from '../support/types.mjs' */

const HEADS = 2000;
const WARM_UP = 40_000;
const ROUNDS = 50;
const LIMITS = { maxHeadSize: 65_536, maxHeadFields: 1000 };

/** @type {Bench} */
export const bench = {
  title: `reading a head on the worker's thread, as it comes in one piece; the best of ${ROUNDS} times ${HEADS}`,
  warmUp: `${WARM_UP} heads`,
  metrics: [
    { name: 'microseconds', label: 'us', better: 'less' },
    { name: 'heap', label: 'heap, bytes', better: 'less' },
  ],
  peers: {
    '2 fields': () => readHeads(0),
    '30 fields': () => readHeads(28),
  },
};

/** @param {number} others fields besides the two that nearly every head has */
function readHeads(others) {
  const fields = Array.from(
    { length: others },
    (_, index) => `X-Field-Number-${index}: the value of ${index}\r\n`,
  );
  const framing = 'Content-Type: application/octet-stream\r\nContent-Length: 0\r\n';
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${framing}${fields.join('')}\r\n`);
  let fieldBytes = 0;
  const nothing = () => {};
  const onHead = (/** @type {{ fields: Uint8Array }} */ head) => {
    fieldBytes += head.fields.length;
  };
  const parser = new ResponseParser({ onHead, onBody: nothing, onTrailers: nothing, onEnd: nothing }, LIMITS);
  const read = (/** @type {number} */ heads) => {
    for (let head = 0; head < heads; head++) {
      parser.start('GET', false);
      parser.feed(bytes, 0, bytes.length);
    }
  };
  read(WARM_UP);
  let microseconds = Number.POSITIVE_INFINITY;
  let heap = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed;
    const start = performance.now();
    read(HEADS);
    microseconds = Math.min(microseconds, ((performance.now() - start) * 1000) / HEADS);
    const grown = process.memoryUsage().heapUsed - before;
    // After a collection it is less than before, and says nothing.
    if (grown >= 0) heap = Math.min(heap, grown / HEADS);
  }
  if (fieldBytes === 0) throw new Error('no fields came');
  return { microseconds, heap };
}
