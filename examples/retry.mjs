/**
 * Repeats a GET that has failed for a reason that may pass: at most four times, after longer and longer pauses. Where the
 * server asks for more time with `Retry-After`, it gets it.
 *
 *     node examples/retry.mjs <url> [milliseconds before the first repetition]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPRequest, Result } from 'tickhttp';

const [url = '', firstPause = '500'] = process.argv.slice(2);
const ATTEMPTS = 5;
const LONGEST_PAUSE = 60_000; // milliseconds

/** @type {Set<number>} */
const passing = new Set([Result.CANT_RESOLVE, Result.CANT_CONNECT, Result.CONNECTION_ERROR, Result.TIMEOUT]);
const busy = new Set([408, 429, 502, 503, 504]);

/** Milliseconds; `field` is a number of seconds, or a date. 0 if it is neither. @param {string} field */
const retryAfter = (field) =>
  (/^\d+$/.test(field) ? Number(field) * 1000 : Date.parse(field) - Date.now()) || 0;

const http = new HTTPRequest();
http.timeout = 30; // seconds, for each attempt
for (let attempt = 1; ; attempt++) {
  http.request(url);
  const response = await http.completed();
  if (response.ok) {
    console.log(response.text());
    break;
  }
  const field = response.getHeader('Retry-After') ?? '';
  console.error(
    response.failure?.message ?? `the server answered ${response.responseCode} ${field}`.trimEnd(),
  );
  // At random, so that clients that have failed together do not come back together.
  const backoff = Number(firstPause) * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  const pause = Math.max(backoff, retryAfter(field));
  const again = passing.has(response.result) || busy.has(response.responseCode);
  if (!again || attempt === ATTEMPTS || pause > LONGEST_PAUSE) {
    process.exitCode = 1;
    break;
  }
  console.error(`again in ${Math.round(pause)} ms`);
  await sleep(pause);
}
