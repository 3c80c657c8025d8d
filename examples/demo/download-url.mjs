import { runFrames } from './frame-loop.mjs';
import { openScreen } from './screen.mjs';
import { READING, TickDownload } from './tick-download.mjs';

/**
 * Downloads what anyone likes through tickhttp, to nowhere. Redirects are shown, not followed.
 * @param {string} address
 * @returns {Promise<number>} the exit code
 */
export async function downloadUrl(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    console.error(`${address} is no http:// or https:// URL.`);
    return 1;
  }
  // An exit, unlike death by a signal, gives the cursor back.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const body = {
    received: 0,
    take(/** @type {Uint8Array} */ chunk) {
      body.received += chunk.length;
    },
  };
  const transfer = new TickDownload(url, body);
  console.log(url.href);
  await run(transfer, body);
  if (transfer.http.hasResponse()) printHead(transfer);
  if (transfer.failure !== null) console.error(transfer.failure);
  return transfer.failure === null ? 0 : 1;
}

/**
 * @param {TickDownload} transfer
 * @param {{ readonly received: number }} body
 */
async function run(transfer, body) {
  const screen = openScreen('tickhttp');
  const shown = { name: 'body', size: -1, body, seconds: 0 };
  const times = await runFrames((times) => {
    transfer.tick(performance.now() + READING);
    shown.seconds = times.seconds;
    shown.size = transfer.http.getResponseBodyLength();
    screen.show(times, [shown]);
    return !transfer.done;
  });
  screen.end(times, [shown]);
}

/** @param {TickDownload} transfer */
function printHead({ http }) {
  const length = http.getResponseBodyLength();
  console.log(`status ${http.getResponseCode()}, length ${length < 0 ? 'not told' : `${length} bytes`}`);
  const location = http.getResponseHeader('Location');
  if (location !== null) console.log(`location (not followed): ${location}`);
}
