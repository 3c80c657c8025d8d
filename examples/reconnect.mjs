/**
 * Asks a server the same thing again and again over one connection, and connects anew when the server was restarted.
 *
 *     node examples/reconnect.mjs <url> [how many answers] [milliseconds between them]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';

const [url = '', count = '10', period = '1000'] = process.argv.slice(2);
const { protocol, hostname, port, pathname, search } = new URL(url);
const ATTEMPTS = 10; // in a row that fail

const http = new HTTPClient({ timeouts: { connect: 5000, request: 10_000 } });
const connect = () => http.connectToHost(`${protocol}//${hostname}`, port === '' ? -1 : Number(port));

/** The next body, or null if the connection has failed. It polls once a frame. */
async function ask() {
  if (http.getStatus() === Status.DISCONNECTED && connect() !== ErrorCode.OK) return null;
  /** @type {Uint8Array[]} */
  const chunks = [];
  for (let asked = false; !http.isFailed(); await sleep(1000 / 60)) {
    http.poll();
    const status = http.getStatus();
    if (status === Status.BODY) chunks.push(http.readResponseBodyChunk());
    else if (asked && (status === Status.CONNECTED || status === Status.DISCONNECTED))
      return Buffer.concat(chunks);
    else if (status === Status.CONNECTED)
      asked = http.request(Method.GET, pathname + search, []) === ErrorCode.OK;
  }
  return null;
}

for (
  let [answers, failures] = [0, 0];
  answers < Number(count) && failures < ATTEMPTS;
  await sleep(Number(period))
) {
  const body = await ask();
  if (body) {
    [answers, failures] = [answers + 1, 0];
    console.log(`${http.getResponseCode()}: ${body}`);
  } else {
    console.error(http.getLastError()?.message);
    http.close(); // DISCONNECTED: the next turn connects anew
    if (++failures === ATTEMPTS) process.exitCode = 1;
  }
}
