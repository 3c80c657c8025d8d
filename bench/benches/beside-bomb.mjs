import { HTTPRequest, Result, Status, tick, WorkerPool } from 'tickhttp';
import { connect, startGet } from '../peers/tick.mjs';
import { SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { MIB } from '../support/body.mjs';
import { doze, latencies, warmUp } from '../support/latencies.mjs';
import { startServer } from '../support/processes.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Asks for a bomb, again whenever it is over, and does with it what its user does. Each call tells the bytes that have
 * come of it since the last one.
 * @typedef {(url: URL, pool: WorkerPool) => () => number} User
 */

/** Of a bomb, unpacked. */
const SIZE = 256 * MIB;

/** Of a request that is not to have more. */
const LIMIT = 64 * MIB;

/** Milliseconds in which the server packs a bomb, and something has come of it. */
const PACKING = 30_000;

/** @type {Readonly<Record<string, User>>} */
const USERS = {
  'read fast': readFast,
  '16 KiB that nobody reads': unread,
  'HTTPRequest with a limit': limited,
};

/** @type {Bench} */
export const bench = {
  title: `a GET of ${SMALL} bytes beside a bomb of ${SIZE / MIB} MiB, again and again, on the same thread`,
  warmUp: `${WARM_REQUESTS} requests with nothing beside them`,
  metrics: [
    { name: 'median', label: 'latency, ms: median', better: 'less' },
    { name: 'p99', label: 'p99', better: 'less' },
    { name: 'bomb', label: 'decompressed beside it, MB/s', better: 'more' },
  ],
  reference: 'alone',
  peers: {
    alone: beside(null),
    ...Object.fromEntries(
      ['gzip', 'br', 'gzip+gzip'].flatMap((codings) =>
        Object.entries(USERS).map(([name, use]) => [`${codings}, ${name}`, beside({ codings, use })]),
      ),
    ),
  },
};

/**
 * @param {{ codings: string, use: User } | null} bomb
 * @returns {Peer}
 */
function beside(bomb) {
  return async ({ fixed }) => {
    const pool = new WorkerPool({ threads: 1 });
    const http = connect(fixed.http, { pool });
    warmUp(http, WARM_REQUESTS);
    const { server, stop } = await startServer('node');
    const look = bomb?.use(new URL(`/packed/${bomb.codings}/zeros/${SIZE}`, server.http), pool) ?? (() => 0);
    const giveUp = performance.now() + PACKING;
    for (let come = bomb === null; !come; doze()) {
      come = look() > 0;
      if (performance.now() > giveUp) throw new Error('nothing has come of the bomb');
    }
    let bytes = 0;
    let start = 0;
    const times = latencies(
      http,
      () => {
        bytes += look();
      },
      () => {
        [bytes, start] = [0, performance.now()];
      },
    );
    const speed = bytes / 1000 / (performance.now() - start);
    stop();
    return { median: quantile(times, 0.5), p99: quantile(times, 0.99), bomb: speed };
  };
}

/** @type {User} */
function readFast(url, pool) {
  const http = connect(url.origin, { pool, decompress: true });
  http.blockingModeEnabled = false;
  const buffer = new Uint8Array(4 * MIB);
  return () => {
    http.poll();
    if (http.getStatus() === Status.CONNECTED) startGet(http, url.pathname);
    return http.getStatus() === Status.BODY ? http.readResponseBodyInto(buffer) : 0;
  };
}

/** @type {User} */
function unread(url, pool) {
  const http = connect(url.origin, { pool, decompress: true, bufferSize: 16_384 });
  http.blockingModeEnabled = false;
  startGet(http, url.pathname);
  let come = 0;
  return () => {
    http.poll();
    const before = come;
    come = http.getStatus() === Status.BODY ? 1 : 0;
    return come - before;
  };
}

/** @type {User} */
function limited(url, pool) {
  const http = new HTTPRequest({ pool });
  http.bodySizeLimit = LIMIT;
  let bytes = 0;
  http.requestCompleted.connect((result) => {
    if (result !== Result.BODY_SIZE_LIMIT_EXCEEDED) throw new Error(`the result of a bomb is ${result}`);
    bytes += LIMIT;
    http.request(url.href);
  });
  http.request(url.href);
  return () => {
    tick();
    const come = bytes;
    bytes = 0;
    return come;
  };
}
