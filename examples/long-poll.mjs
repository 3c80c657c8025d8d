/**
 * Long poll: the server lets a request wait until there is a message, and the next request follows at once. It answers
 * `[{ "id": 1, "text": "hello" }, ...]`, or 204 if nothing has happened for a while.
 *
 *     node examples/long-poll.mjs <url> [how many messages]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPRequest } from 'tickhttp';

const [url = '', count = '10'] = process.argv.slice(2);
const ATTEMPTS = 5; // in a row that fail

const http = new HTTPRequest();
http.timeout = 90; // seconds: longer than the server lets a request wait

let last = 0; // the id of the last message, so that none is lost between two requests
let received = 0;
for (let failures = 0; received < Number(count); ) {
  http.request(`${url}?after=${last}`);
  const response = await http.completed(); // the loop of a game goes on meanwhile
  if (response.ok) {
    failures = 0;
    const messages = /** @type {{ id: number, text: string }[]} */ (
      response.body.length > 0 ? response.json() : []
    );
    for (const { id, text } of messages) console.log(`${id}: ${text}`);
    last = messages.at(-1)?.id ?? last;
    received += messages.length;
    if (messages.length === 0) await sleep(200); // so that a server that never waits is not flooded
    continue;
  }
  failures += 1;
  console.error(response.failure?.message ?? `the server answered ${response.responseCode}`);
  const refused = response.responseCode >= 400 && response.responseCode < 500;
  if (failures === ATTEMPTS || refused || response.failure?.phase === 'argument') {
    process.exitCode = 1;
    break;
  }
  await sleep(250 * 2 ** failures * Math.random());
}
