/**
 * Fetches a URL, and cancels the request when you press a key, or after some seconds.
 *
 *     node examples/cancel.mjs <url> [seconds]
 */
import { HTTPRequest, Result } from 'tickhttp';

const [url = '', seconds = '10'] = process.argv.slice(2);

const http = new HTTPRequest();
http.timeout = Number(seconds); // for everything; the worker measures it

// Without raw mode a terminal passes on whole lines only. In raw mode Ctrl-C is a key like any other.
if (process.stdin.isTTY) process.stdin.setRawMode(true);
process.stdin.once('data', () => http.cancelRequest());

http.request(url);
const response = await http.completed();
process.stdin.destroy(); // it would keep the program running

if (response.ok) {
  console.log(response.text());
} else {
  if (response.failure?.code === 'CANCELLED') console.error('You have cancelled the request.');
  else if (response.result === Result.TIMEOUT) console.error(`There was no whole answer in ${seconds} s.`);
  else console.error(response.failure?.message ?? `the server answered ${response.responseCode}`);
  process.exitCode = 1;
}
