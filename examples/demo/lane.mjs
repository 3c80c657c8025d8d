/**
 * One lane of the comparison, in a process of its own so that no lane inherits another's heap, warmth or
 * threads:
 *
 *     node lane.mjs <idle|tickhttp|fetch> <http origin> <https origin>
 *
 * Runs the main loop, downloads meanwhile, draws, and reports to its parent. It trusts the demo's certificate
 * because NODE_EXTRA_CA_CERTS says so, which holds for fetch and tickhttp alike.
 */
import { BodyCheck } from './body.mjs';
import { FetchDownload } from './fetch-download.mjs';
import { runFrames } from './frame-loop.mjs';
import { openScreen } from './screen.mjs';
import { READING, TickDownload } from './tick-download.mjs';

/** @import { Consumer, Download, Transfer } from './download.mjs' */
/** @import { FrameTimes } from './frame-loop.mjs' */
/** @import { Screen } from './screen.mjs' */

/**
 * What a lane tells its parent.
 * @typedef {object} LaneReport
 * @property {FrameTimes} times
 * @property {number} received bytes
 * @property {number} wanted bytes
 * @property {string[]} faults what went wrong with the downloads; the time limit is no fault
 */

const SIZE = 240e6;
const SIZE_TO_WARM_UP = 60e6;

/** Seconds. A slow machine compares what it has got by then. */
const LIMIT = 6;
const IDLE_LIMIT = 2;

process.on('disconnect', () => process.exit());
// Ctrl-C goes to every process of the terminal; the parent decides.
process.on('SIGINT', () => {});

/** @type {Record<string, (url: URL, consumer: Consumer) => Transfer>} */
const CLIENTS = {
  tickhttp: (url, consumer) => new TickDownload(url, consumer),
  fetch: (url, consumer) => new FetchDownload(url, consumer),
};

const [lane = 'idle', http, https] = process.argv.slice(2);
const connect = CLIENTS[lane];
// What loads, compiles and starts with the first use is no part of the comparison.
if (connect) await run(start(connect, SIZE_TO_WARM_UP), null);
const report = await run(connect ? start(connect, SIZE) : [], openScreen(lane));
process.send?.(report, () => process.exit());

/**
 * @param {(url: URL, consumer: Consumer) => Transfer} connect
 * @param {number} size
 * @returns {Download[]}
 */
function start(connect, size) {
  return [`http://${http}`, `http://${http}`, `https://${https}`, `https://${https}`].map((origin, index) => {
    const url = new URL(`/${size}`, origin);
    const body = new BodyCheck();
    return {
      name: `${url.protocol}//... ${index + 1}`,
      size,
      body,
      seconds: 0,
      transfer: connect(url, body),
    };
  });
}

/**
 * @param {Download[]} downloads
 * @param {Screen | null} screen
 * @returns {Promise<LaneReport>}
 */
async function run(downloads, screen) {
  const limit = downloads.length > 0 ? LIMIT : IDLE_LIMIT;
  const times = await runFrames((times) => {
    tick(downloads, times);
    screen?.show(times, downloads);
    const open = downloads.length === 0 || downloads.some(({ transfer }) => !transfer.done);
    return open && times.seconds < limit;
  });
  const faults = downloads.map(findFault).filter((fault) => fault !== null);
  screen?.end(times, downloads);
  for (const { transfer } of downloads) transfer.stop();
  return {
    times,
    received: downloads.reduce((sum, { body }) => sum + body.received, 0),
    wanted: downloads.reduce((sum, { size }) => sum + size, 0),
    faults,
  };
}

/**
 * Each frame begins with another download, so that none is always the one that the time is too short for.
 * @param {Download[]} downloads
 * @param {FrameTimes} times
 */
function tick(downloads, { drawn, seconds }) {
  const deadline = performance.now() + READING;
  for (let index = 0; index < downloads.length; index++) {
    const download = downloads[(drawn + index) % downloads.length];
    if (!download || download.transfer.done) continue;
    download.transfer.tick(deadline);
    download.seconds = seconds;
  }
}

/** @param {Download} download */
function findFault({ name, size, body, transfer }) {
  if (transfer.failure !== null) return `${name}: ${transfer.failure}`;
  if (!body.intact) return `${name}: bytes are not what the server sent`;
  if (transfer.done && body.received !== size) return `${name}: ${body.received} bytes instead of ${size}`;
  return null;
}
