import { setTimeout as sleep } from 'node:timers/promises';
import { threadTimes } from '../../examples/demo/thread-times.mjs';

/** Milliseconds of every frame that go to pretend rendering. */
export const RENDERING = 4;

/**
 * Milliseconds between the end of a timer's sleep and the frame, which are spun. Timers are up to as much late on an
 * idle machine, and with more the 2.9 ms between two frames at 144 Hz would have no sleep in them.
 */
const TIMER_SLACK = 1.5;

/**
 * @typedef {object} FrameTimes
 * @property {Float64Array} lateness of each frame that was due, in milliseconds
 * @property {Float64Array} ownLateness the same, less what the thread has stood in the queue for a core since the
 *   frame before: roughly what it would be with a core of its own; NaN where unknown
 * @property {number} wall milliseconds
 * @property {number} cpu milliseconds that this thread ran
 */

/**
 * The main loop of a game, as in the demo (examples/demo/frame-loop.mjs): a frame starts when it is due, whatever
 * happened before. A late one stands for all that fell due before it started, and each of them counts with the time
 * from then until the start. Between frames the loop sleeps on a timer and spins through the rest, each round a turn
 * of the event loop: so what lives on the event loop has all of the wait.
 *
 * @param {object} options
 * @param {number} options.hertz
 * @param {number} options.seconds how long frames fall due; a freeze at the end makes it longer
 * @param {(spare: number) => void} options.frame called in each, with the milliseconds that rendering leaves of it
 * @param {() => boolean} [options.goesOn] asked before each; false ends the loop early
 * @returns {Promise<FrameTimes>}
 */
export async function runFrames({ hertz, seconds, frame, goesOn = () => true }) {
  const due = Math.round(hertz * seconds);
  const lateness = new Float64Array(due);
  const ownLateness = new Float64Array(due);
  const before = threadTimes();
  const start = performance.now();
  let queuedBefore = before.queued;
  let index = 0;
  while (index < due && goesOn()) {
    await waitUntil(start + (index * 1000) / hertz);
    const now = performance.now() - start;
    const { queued } = threadTimes();
    for (; index < due && (index * 1000) / hertz <= now; index++) {
      lateness[index] = now - (index * 1000) / hertz;
      ownLateness[index] = Math.max(0, now - (index * 1000) / hertz - (queued - queuedBefore));
    }
    queuedBefore = queued;
    render();
    frame(1000 / hertz - RENDERING);
  }
  const wall = performance.now() - start;
  const cpu = threadTimes().cpu - before.cpu;
  return { lateness: lateness.subarray(0, index), ownLateness: ownLateness.subarray(0, index), wall, cpu };
}

/** @param {number} due */
async function waitUntil(due) {
  const nap = Math.floor(due - performance.now() - TIMER_SLACK);
  if (nap > 0) await sleep(nap);
  await new Promise((resolve) => spin(due, resolve));
}

/**
 * Callbacks, since a promise for each turn would have the garbage collector join in. So would turns without a pause:
 * a turn and a look at the clock leave some hundred bytes, and with nothing between them they have the collector
 * join in often enough to make frames late, with no network at all.
 * @param {number} due
 * @param {(value: void) => void} done
 */
function spin(due, done) {
  if (performance.now() >= due) return done();
  linger();
  setImmediate(spin, due, done);
}

function render() {
  const end = performance.now() + RENDERING;
  while (performance.now() < end) linger();
}

/** Some ten microseconds that leave nothing to the garbage collector. */
function linger() {
  let pixel = 0;
  for (let i = 0; i < 10_000; i++) pixel = Math.imul(pixel, 69_069) + 1;
  return pixel;
}
