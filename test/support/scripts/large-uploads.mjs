import { HTTPClient, Method, Status } from 'tickhttp';

// Sends large bodies from memory that it keeps. With --trace-gc, Node prints each collection of every thread.
const [port = 0, mebibytes = 0, warm = 0, count = 0] = process.argv.slice(2).map(Number);
const body = new Uint8Array(mebibytes * 2 ** 20);
const http = new HTTPClient();
http.connectToHost('127.0.0.1', port);
http.blockingModeEnabled = true;
http.poll();
for (let round = 0; round < warm + count; round++) {
  if (round === warm) console.log('warm');
  http.requestRaw(Method.PUT, '/inspect', [], body);
  http.poll();
  const { bodyLength } = JSON.parse(new TextDecoder().decode(http.readResponseBodyChunk()));
  if (bodyLength !== body.length || http.getStatus() !== Status.CONNECTED)
    throw new Error(`${bodyLength} came`);
}
console.log('done');
process.exit();
