/**
 * Server-sent events: prints them as they come. When the stream ends, it connects again and names the last event that it
 * has got. It stops after so many events, at a 204, or after five failures in a row.
 *
 *     node examples/events.mjs <url> [how many events]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { HTTPClient, Method, Status } from 'tickhttp';

const [url = '', count = '10'] = process.argv.slice(2);
const { protocol, hostname, port, pathname, search } = new URL(url);
const ATTEMPTS = 5;
let [lastId, pause, left, failures] = ['', 1000, Number(count), 0];

const parser = createParser({
  onEvent({ event = 'message', id = lastId, data }) {
    [lastId, failures] = [id, 0];
    if (left-- > 0) console.log(`${event}: ${data}`);
  },
  onRetry: (milliseconds) => {
    pause = milliseconds;
  },
});

// A server that has nothing to say sends a comment now and then: one that is silent for a minute is gone.
const http = new HTTPClient({ timeouts: { headers: 30_000, body: 60_000 } });

/** One stream, to its end. It polls once a frame. */
async function listen() {
  const decoder = new TextDecoder(); // a chunk may end inside a character
  http.connectToHost(`${protocol}//${hostname}`, port === '' ? -1 : Number(port));
  for (let asked = false; left > 0 && !http.isFailed(); await sleep(1000 / 60)) {
    http.poll();
    if (http.getStatus() === Status.CONNECTED && !asked) {
      const resume = lastId === '' ? [] : [`Last-Event-ID: ${lastId}`];
      http.request(Method.GET, pathname + search, ['Accept: text/event-stream', ...resume]);
      asked = true;
    } else if (http.hasResponse() && http.getResponseCode() !== 200) return;
    else if (http.getStatus() === Status.BODY)
      parser.feed(decoder.decode(http.readResponseBodyChunk(), { stream: true }));
    else if (asked && http.getStatus() !== Status.REQUESTING) return;
  }
}

for (; left > 0; await sleep(pause)) {
  await listen();
  parser.reset();
  const code = http.getResponseCode();
  if (left <= 0 || code === 204) break;
  console.error(http.getLastError()?.message ?? `the stream has ended (${code})`);
  if (++failures === ATTEMPTS || (code >= 400 && code < 500)) {
    process.exitCode = 1;
    break;
  }
}
http.close();
