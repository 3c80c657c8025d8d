import { WorkerPool } from 'tickhttp';
import { Arrivals } from './pattern.mjs';
import { READERS } from './readers.mjs';

/** @import { FrameLoop } from './loop.mjs' */
/** @import { Row, Transfer, What } from './types.mjs' */

/** Milliseconds. A frame that begins later than that is late. */
export const LATE = 4;

/** Seconds in which connections are made, code is compiled and memory is touched. */
const SETTLING = 0.5;

/** Milliseconds of a frame that reading may take, all downloads together. */
const READING = 3;

/** The downloads of a run. */
export class Transfers {
  #arrivals;
  #transfers;
  #first = 0;

  /** @param {Required<What>} what */
  constructor({ reader, downloads, rate }) {
    this.#arrivals = Array.from({ length: reader === 'alone' ? 0 : downloads }, () => new Arrivals());
    const path = `/endless/${rate}`;
    this.#transfers = this.#arrivals.map((arrivals) => startTransfer(reader, path, arrivals, downloads));
  }

  get bytes() {
    return this.#arrivals.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get failure() {
    return this.#transfers.find(({ failure }) => failure !== null)?.failure ?? null;
  }

  /** Reads. Each frame begins with another download, so that none is always the one that finds no time left. */
  frame() {
    const deadline = performance.now() + READING;
    this.#first += 1;
    const count = this.#transfers.length;
    for (let index = 0; index < count; index++)
      this.#transfers[(this.#first + index) % count]?.frame(deadline);
  }

  stop() {
    for (const transfer of this.#transfers) transfer.stop();
  }
}

/**
 * @param {What['reader']} reader
 * @param {string} path
 * @param {Arrivals} arrivals
 * @param {number} count
 * @returns {Transfer}
 */
function startTransfer(reader, path, arrivals, count) {
  if (reader === 'alone') throw new Error('nobody downloads');
  return READERS[reader](path, arrivals, count);
}

/** @param {What} what */
export function complete({ reader, downloads = 4, seconds = 5, rate = 0, draw = true }) {
  return { reader, downloads: reader === 'alone' ? 0 : downloads, seconds, rate, draw };
}

/**
 * Measures the loop while these downloads go on.
 * @param {FrameLoop} loop
 * @param {Required<What>} what
 * @param {Transfers} transfers
 * @returns {Promise<Row>}
 */
export async function measure(loop, { reader, downloads, seconds, rate }, transfers) {
  await loop.ready;
  await loop.wait(SETTLING);
  const lateness = /** @type {number[]} */ ([]);
  const before = { bytes: transfers.bytes, time: performance.now() };
  const stop = loop.listen((late) => lateness.push(late));
  let hidden = document.hidden;
  const watch = () => {
    hidden = true;
  };
  document.addEventListener('visibilitychange', watch);
  await loop.wait(seconds);
  document.removeEventListener('visibilitychange', watch);
  stop();
  const milliseconds = performance.now() - before.time;
  const speed = (transfers.bytes - before.bytes) / 1000 / milliseconds;
  const sorted = Float64Array.from(lateness).sort();
  const { mode } = WorkerPool.default;
  return {
    ...{ reader, mode, downloads, rate, seconds: milliseconds / 1000, frames: lateness.length, speed },
    late: lateness.filter((late) => late > LATE).length / lateness.length,
    p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0,
    worst: sorted.at(-1) ?? 0,
    failure: hidden ? 'The page was hidden.' : transfers.failure,
  };
}
