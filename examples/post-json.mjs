/**
 * Sends JSON with POST, and prints the JSON that the server answers.
 *
 *     node examples/post-json.mjs <url> [json]
 */
import { HTTPRequest, Method } from 'tickhttp';

const [url = '', json = '{"name":"Godette","score":120}'] = process.argv.slice(2);
const score = JSON.parse(json);

const http = new HTTPRequest();
http.timeout = 30; // seconds, for everything
const headers = ['Content-Type: application/json', 'Accept: application/json'];
http.request(url, headers, Method.POST, JSON.stringify(score));

const response = await http.completed();
if (response.ok) {
  // An empty body is no JSON. If the body is something else, json() throws an error that says where it came from.
  console.log(response.responseCode, response.body.length > 0 ? response.json() : 'nothing');
} else {
  // Servers often explain a 4xx in the body.
  console.error(
    response.failure?.message ?? `the server answered ${response.responseCode}: ${response.text()}`,
  );
  process.exitCode = 1;
}
