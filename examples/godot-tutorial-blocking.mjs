/**
 * Godot's HTTPClient tutorial, C# version, line for line: the script sleeps between polls as C# does with
 * `OS.DelayMsec`. There is no `await` and no callback: the event loop never turns, and the I/O goes on all
 * the same.
 *
 *     node examples/godot-tutorial-blocking.mjs [host] [port]
 *
 * https://docs.godotengine.org/en/stable/tutorials/networking/http_client_class.html
 */
import assert from 'node:assert/strict';
import { ErrorCode, HTTPClient } from 'tickhttp';

const [host = 'www.php.net', port = '80'] = process.argv.slice(2);

/** The tutorial sleeps 500 ms at a time; this is the same, in a hurry. */
const DELAY = 10;
const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/** @param {number} milliseconds */
const delayMsec = (milliseconds) => Atomics.wait(nobodyWakes, 0, 0, milliseconds);

/** @param {readonly unknown[]} parts */
const print = (...parts) => console.log(parts.join(''));

const http = new HTTPClient();

let err = http.connectToHost(host, Number(port));
assert.equal(err, ErrorCode.OK, http.getLastError()?.message);

// Resolving and connecting go on by themselves; poll() makes their progress visible here.
while (
  http.getStatus() === HTTPClient.STATUS_CONNECTING ||
  http.getStatus() === HTTPClient.STATUS_RESOLVING
) {
  http.poll();
  print('Connecting...');
  delayMsec(DELAY);
}
assert.equal(http.getStatus(), HTTPClient.STATUS_CONNECTED, http.getLastError()?.message);

const headers = ['User-Agent: Pirulo/1.0 (Godot)', 'Accept: */*'];
err = http.request(HTTPClient.METHOD_GET, '/ChangeLog-5.php', headers);
assert.equal(err, ErrorCode.OK, http.getLastError()?.message);

while (http.getStatus() === HTTPClient.STATUS_REQUESTING) {
  http.poll();
  print('Requesting...');
  delayMsec(DELAY);
}
assert(
  http.getStatus() === HTTPClient.STATUS_BODY || http.getStatus() === HTTPClient.STATUS_CONNECTED,
  http.getLastError()?.message,
);

print('response? ', http.hasResponse());
if (http.hasResponse()) {
  print('code: ', http.getResponseCode());
  print('**headers:');
  for (const header of http.getResponseHeaders()) print(header);

  if (http.isResponseChunked()) print('Response is Chunked!');
  else print('Response Length: ', http.getResponseBodyLength());

  // Reading is the same for both.
  /** @type {Uint8Array[]} */
  const chunks = [];
  while (http.getStatus() === HTTPClient.STATUS_BODY) {
    http.poll();
    const chunk = http.readResponseBodyChunk();
    if (chunk.length === 0) delayMsec(DELAY);
    else chunks.push(chunk);
  }

  const body = Buffer.concat(chunks);
  print('bytes got: ', body.length);
  print('Text: ', body.toString());
}
