/**
 * "Sending data to the server" of Godot's HTTPRequest tutorial, GDScript version, line for line: a POST with a body of
 * JSON, and a header of one's own. What the server answers is printed.
 *
 *     node examples/godot-tutorial-post.mjs [url]
 *
 * https://docs.godotengine.org/en/stable/tutorials/networking/http_request_class.html
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient, HTTPRequest, tick } from 'tickhttp';

const [url = 'https://httpbin.org/post'] = process.argv.slice(2);

/** Godot's `await get_tree().process_frame`. */
const processFrame = () => sleep(1000 / 60);

const http = new HTTPRequest();

function ready() {
  http.requestCompleted.connect(onRequestCompleted);
  const dataToSend = { name: 'Godette', score: 120 };
  const json = JSON.stringify(dataToSend);
  const headers = ['Content-Type: application/json', 'User-Agent: Pirulo/1.0 (Godot)'];
  const error = http.request(url, headers, HTTPClient.METHOD_POST, json);
  assert.equal(error, ErrorCode.OK, http.getLastError()?.message);
}

/**
 * @param {number} result
 * @param {number} responseCode
 * @param {string[]} _headers
 * @param {Uint8Array} body
 */
function onRequestCompleted(result, responseCode, _headers, body) {
  assert.equal(result, HTTPRequest.RESULT_SUCCESS, http.getLastError()?.message);
  console.log(`code: ${responseCode}`);
  console.log(`text: ${new TextDecoder().decode(body)}`);
}

// What Godot's scene tree does: each frame polls what is under way.
for (ready(); http.isBusy(); await processFrame()) tick();
