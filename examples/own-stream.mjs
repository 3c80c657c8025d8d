/**
 * HTTP over a stream of one's own: a line that lets only so many bytes a second through, to see what players with a bad
 * connection see. Any stream of Node's will do: `http.connection = StreamPeer.fromDuplex(stream)`.
 *
 *     node examples/own-stream.mjs [host] [port] [path] [bytes a second]
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer } from 'tickhttp';

const [host = 'example.com', port = '80', path = '/', rate = '20000'] = process.argv.slice(2);

const nextFrame = () => sleep(1000 / 60);

/** A socket, and how slowly it is read. What it is asked to send goes out at once. */
class SlowLine extends Duplex {
  received = 0;
  sent = 0;
  #wanted = false;
  #busy = false;
  #ended = false;
  #socket;
  #bytesPerSecond;

  /**
   * @param {string} host
   * @param {number} port
   * @param {number} bytesPerSecond
   */
  constructor(host, port, bytesPerSecond) {
    super({ allowHalfOpen: false });
    this.#bytesPerSecond = bytesPerSecond;
    this.#socket = connect(port, host);
    this.#socket.on('readable', () => this.#receive());
    this.#socket.on('end', () => {
      this.#ended = true;
      if (!this.#busy) this.push(null);
    });
    this.#socket.on('error', (error) => this.destroy(error));
  }

  /** A piece at a time, each as late as the line would bring it. */
  async #receive() {
    if (!this.#wanted || this.#busy) return;
    const bytes = this.#socket.read(Math.min(this.#socket.readableLength, 1400)) ?? '';
    if (bytes.length === 0) return;
    this.#busy = true;
    await sleep((1000 * bytes.length) / this.#bytesPerSecond);
    this.#busy = false;
    this.#wanted = false;
    this.received += bytes.length;
    this.push(bytes);
    // The end came while the last piece was on its way.
    if (this.#ended) this.push(null);
  }

  /** @override */
  _read() {
    this.#wanted = true;
    this.#receive();
  }

  /**
   * @override
   * @param {Buffer} bytes
   * @param {BufferEncoding} _encoding
   * @param {(error?: Error | null) => void} done
   */
  _write(bytes, _encoding, done) {
    this.sent += bytes.length;
    this.#socket.write(bytes, done);
  }

  /**
   * @override
   * @param {Error | null} error
   * @param {(error?: Error | null) => void} done
   */
  _destroy(error, done) {
    this.#socket.destroy();
    done(error);
  }
}

const line = new SlowLine(host, Number(port), Number(rate));
const http = new HTTPClient();
http.connection = StreamPeer.fromDuplex(line);
assert.equal(http.getStatus(), Status.CONNECTED, http.getLastError()?.message);

// The client knows the stream, and not where it leads: so it is for us to say.
const error = http.request(Method.GET, path, [`Host: ${host}`, 'Connection: close']);
assert.equal(error, ErrorCode.OK, http.getLastError()?.message);
const start = performance.now();
let bytes = 0;
let frames = 0;
for (; http.getStatus() === Status.REQUESTING || http.getStatus() === Status.BODY; await nextFrame()) {
  frames += 1;
  http.poll();
  bytes += http.readResponseBodyChunk().length;
}
assert.notEqual(http.getStatus(), Status.CONNECTION_ERROR, http.getLastError()?.message);

const seconds = (performance.now() - start) / 1000;
console.log(
  `${http.getResponseCode()}: ${bytes} bytes of body in ${seconds.toFixed(1)} s and ${frames} frames`,
);
console.log(`the line: ${line.sent} bytes there, ${line.received} back`);
http.close();
