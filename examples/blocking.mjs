/**
 * Prints what some URLs answer, one after the other, in a script without `await` and without callbacks that come later:
 * poll() sleeps until the request is complete.
 *
 *     node examples/blocking.mjs <url> [<url> ...]
 */
import { ErrorCode, HTTPRequest, Result } from 'tickhttp';

const http = new HTTPRequest();
http.blockingModeEnabled = true;
http.timeout = 60; // seconds, for each URL

/** @param {string} [reason] */
function fail(reason) {
  console.error(reason);
  process.exitCode = 1;
}

// The handler runs inside poll().
http.requestCompleted.connect((result, responseCode, _headers, body) => {
  if (result !== Result.SUCCESS) fail(http.getLastError()?.message);
  else if (responseCode !== 200) fail(`the server answered ${responseCode}`);
  else console.log(new TextDecoder().decode(body));
});

for (const url of process.argv.slice(2)) {
  if (http.request(url) !== ErrorCode.OK) fail(http.getLastError()?.message); // no signal comes
  // One poll() sleeps for timeouts.blocking at most, which is 30 seconds unless you set it.
  while (http.isBusy()) http.poll();
}
