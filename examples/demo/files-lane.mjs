/**
 * 500 small files while the main loop runs, in a process of its own:
 *
 *     node files-lane.mjs <HTTPRequest|'fetch by six'|'fetch at once'> <http origin>
 *
 * Reports to its parent when the last of them is there.
 */
import { BodyCheck } from './body.mjs';
import { FetchFiles } from './fetch-files.mjs';
import { runFrames } from './frame-loop.mjs';
import { RequestFiles } from './request-files.mjs';
import { openScreen } from './screen.mjs';

/** @import { LaneReport } from './lane.mjs' */
/** @import { Screen } from './screen.mjs' */

/**
 * All files, through whatever client.
 * @typedef {object} FilesTransfer
 * @property {string[]} failures
 * @property {() => void} tick called once a frame
 */

/**
 * Takes the whole body of one file.
 * @callback TakeFile
 * @param {Uint8Array} body
 * @returns {void}
 */

const FILES = 500;
const SIZE = 20_000;
const FILES_TO_WARM_UP = 200;

/** Seconds. A slow machine compares what it has got by then. */
const LIMIT = 6;

process.on('disconnect', () => process.exit());
// Ctrl-C goes to every process of the terminal; the parent decides.
process.on('SIGINT', () => {});

/** @type {Record<string, (urls: URL[], take: TakeFile) => FilesTransfer>} */
const CLIENTS = {
  HTTPRequest: (urls, take) => new RequestFiles(urls, take),
  'fetch by six': (urls, take) => new FetchFiles(urls, take, 6),
  'fetch at once': (urls, take) => new FetchFiles(urls, take, urls.length),
};

const [lane = '', http] = process.argv.slice(2);
// What loads, compiles and starts with the first use is no part of the comparison.
await run(FILES_TO_WARM_UP, null);
process.send?.(await run(FILES, openScreen(lane)), () => process.exit());

/**
 * @param {number} count
 * @param {Screen | null} screen
 * @returns {Promise<LaneReport>}
 */
async function run(count, screen) {
  const shown = { name: `${count} files`, size: count * SIZE, body: { received: 0 }, seconds: 0 };
  let files = 0;
  let intact = true;
  const urls = Array.from({ length: count }, () => new URL(`http://${http}/${SIZE}`));
  /** @type {FilesTransfer | undefined} */
  let transfer;
  const times = await runFrames((times) => {
    transfer ??= CLIENTS[lane]?.(urls, (body) => {
      const check = new BodyCheck();
      check.take(body);
      intact &&= check.intact && check.received === SIZE;
      shown.body.received += body.length;
      files += 1;
    });
    transfer?.tick();
    shown.seconds = times.seconds;
    screen?.show(times, [shown]);
    return files < count && transfer?.failures.length === 0 && times.seconds < LIMIT;
  });
  screen?.end(times, [shown]);
  const faults = [...(transfer?.failures ?? [])];
  if (!intact) faults.push('bytes are not what the server sent');
  return { times, received: shown.body.received, wanted: shown.size, faults };
}
