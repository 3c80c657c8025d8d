/**
 * Godot's HTTPClient tutorial, GDScript version, line for line: the script polls once a frame and gives the
 * rest of the frame back.
 *
 *     node examples/godot-tutorial-frames.mjs [host] [port]
 *
 * https://docs.godotengine.org/en/stable/tutorials/networking/http_client_class.html
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient } from 'tickhttp';

const [host = 'www.php.net', port = '80'] = process.argv.slice(2);

/** Godot's `await get_tree().process_frame`. */
const processFrame = () => sleep(1000 / 60);

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
  await processFrame();
}
assert.equal(http.getStatus(), HTTPClient.STATUS_CONNECTED, http.getLastError()?.message);

const headers = ['User-Agent: Pirulo/1.0 (Godot)', 'Accept: */*'];
err = http.request(HTTPClient.METHOD_GET, '/ChangeLog-5.php', headers);
assert.equal(err, ErrorCode.OK, http.getLastError()?.message);

while (http.getStatus() === HTTPClient.STATUS_REQUESTING) {
  http.poll();
  print('Requesting...');
  await processFrame();
}
assert(
  http.getStatus() === HTTPClient.STATUS_BODY || http.getStatus() === HTTPClient.STATUS_CONNECTED,
  http.getLastError()?.message,
);

print('response? ', http.hasResponse());
if (http.hasResponse()) {
  print('code: ', http.getResponseCode());
  print('**headers:\n', JSON.stringify(http.getResponseHeadersAsDictionary(), null, 2));

  if (http.isResponseChunked()) print('Response is Chunked!');
  else print('Response Length: ', http.getResponseBodyLength());

  // Reading is the same for both.
  /** @type {Uint8Array[]} */
  const chunks = [];
  while (http.getStatus() === HTTPClient.STATUS_BODY) {
    http.poll();
    const chunk = http.readResponseBodyChunk();
    if (chunk.length === 0) await processFrame();
    else chunks.push(chunk);
  }

  const body = Buffer.concat(chunks);
  print('bytes got: ', body.length);
  print('Text: ', body.toString());
}
