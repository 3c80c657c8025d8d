/**
 * A WebSocket by hand (RFC 6455): asks for the other protocol, checks that the server agrees, sends a text, waits for
 * its echo, and says goodbye. What follows `101 Switching Protocols` is read and written through `http.connection`.
 *
 *     node examples/websocket-echo.mjs [host] [port] [text]
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';

const [host = '127.0.0.1', port = '8080', text = 'Hello, world!'] = process.argv.slice(2);

const nextFrame = () => sleep(1000 / 60);

const Opcode = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 };

/**
 * A frame: what it is, its length in one of three sizes, and its bytes, which a client masks (sections 5.2 and 5.3).
 * @param {number} opcode
 * @param {Uint8Array} payload
 */
function encodeFrame(opcode, payload) {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask.readUInt8(at % 4))]);
}

/**
 * The first frame in `bytes`, which comes without a mask, and where the next begins; null if it is not complete yet.
 * @param {Buffer} bytes
 */
function decodeFrame(bytes) {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const long = () => (short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
  const end = start + (short < 126 ? short : long());
  if (bytes.length < end) return null;
  const first = bytes.readUInt8(0);
  return { opcode: first & 0x0f, last: first >= 0x80, payload: bytes.subarray(start, end), end };
}

const http = new HTTPClient();
let error = http.connectToHost(host, Number(port));
assert.equal(error, ErrorCode.OK, http.getLastError()?.message);
while (http.getStatus() === Status.RESOLVING || http.getStatus() === Status.CONNECTING) {
  await nextFrame();
  http.poll();
}
assert.equal(http.getStatus(), Status.CONNECTED, http.getLastError()?.message);

const key = randomBytes(16).toString('base64');
error = http.request(Method.GET, '/', [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${key}`,
]);
assert.equal(error, ErrorCode.OK, http.getLastError()?.message);
while (http.getStatus() === Status.REQUESTING) {
  await nextFrame();
  http.poll();
}
assert(http.hasResponse(), http.getLastError()?.message);
assert.equal(http.getResponseCode(), 101, `the server answered ${http.getResponseCode()}`);
const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
assert.equal(http.getResponseHeader('Sec-WebSocket-Accept'), proof, 'the server has not read our key');

const peer = http.connection ?? assert.fail('there is a connection from CONNECTED on');
let echo = '';
/** @type {Buffer} */
let unread = Buffer.alloc(0);
/** @type {Buffer} */
let outbox = encodeFrame(Opcode.TEXT, Buffer.from(text));

// The loop of the game: each frame writes what there is room for, and reads what has come.
for (let closed = false; !closed; await nextFrame()) {
  const [writeError, sent] = peer.putPartialData(outbox);
  outbox = outbox.subarray(sent);
  const [readError, bytes] = peer.getPartialData(65_536);
  unread = Buffer.concat([unread, bytes]);
  for (let frame = decodeFrame(unread); frame; frame = decodeFrame(unread)) {
    unread = unread.subarray(frame.end);
    if (frame.opcode === Opcode.CLOSE) {
      // Section 7.4: a status code, and a reason.
      console.log(`closed: ${frame.payload.readUInt16BE(0)}`);
      closed = true;
    } else if (frame.opcode === Opcode.PING) {
      outbox = Buffer.concat([outbox, encodeFrame(Opcode.PONG, frame.payload)]);
    } else {
      // A text, or the next part of one.
      echo += frame.payload.toString();
      if (!frame.last) continue;
      console.log(`echo: ${echo}`);
      const normal = Buffer.from([1000 >> 8, 1000 & 0xff]);
      outbox = Buffer.concat([outbox, encodeFrame(Opcode.CLOSE, normal)]);
    }
  }
  if (!closed)
    assert.equal(writeError || readError, ErrorCode.OK, http.getLastError()?.message ?? 'the server closed');
}
http.close();
