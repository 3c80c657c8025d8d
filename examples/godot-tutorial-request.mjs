/**
 * Godot's HTTPRequest tutorial ("Making HTTP requests"), GDScript version, line for line: a request when the program
 * starts, and a handler for the signal that tells its end.
 *
 *     node examples/godot-tutorial-request.mjs [url]
 *
 * https://docs.godotengine.org/en/stable/tutorials/networking/http_request_class.html
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPRequest, tick } from 'tickhttp';

const [url = 'https://api.github.com/repos/godotengine/godot/releases/latest'] = process.argv.slice(2);

/** Godot's `await get_tree().process_frame`. */
const processFrame = () => sleep(1000 / 60);

const http = new HTTPRequest();

function ready() {
  http.requestCompleted.connect(onRequestCompleted);
  const error = http.request(url);
  assert.equal(error, ErrorCode.OK, http.getLastError()?.message);
}

/**
 * @param {number} result
 * @param {number} _responseCode
 * @param {string[]} _headers
 * @param {Uint8Array} body
 */
function onRequestCompleted(result, _responseCode, _headers, body) {
  assert.equal(result, HTTPRequest.RESULT_SUCCESS, http.getLastError()?.message);
  const json = JSON.parse(new TextDecoder().decode(body));
  console.log(json.name);
}

// What Godot's scene tree does: each frame polls what is under way.
for (ready(); http.isBusy(); await processFrame()) tick();
