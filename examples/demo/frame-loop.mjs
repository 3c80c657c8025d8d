import { setTimeout as sleep } from 'node:timers/promises';
import { threadTimes } from './thread-times.mjs';

export const FRAMES_PER_SECOND = 60;
const PERIOD = 1000 / FRAMES_PER_SECOND;

/** Milliseconds of every frame that go to pretend rendering. */
export const RENDERING = 4;

/** Milliseconds. Node's timers fire up to two late on an idle machine, so the rest of a wait is spun. */
const TIMER_SLACK = 2;

/**
 * What a run of the loop has measured so far; times are in milliseconds where nothing else is said.
 * @typedef {object} FrameTimes
 * @property {number} drawn frames
 * @property {number[]} lateness one entry for each frame that was due, drawn or not
 * @property {number[]} ownLateness the same, less what the thread has stood in the queue for a core since the
 *   frame before: roughly what it would be with a core of its own; NaN where unknown
 * @property {number} seconds
 * @property {import('./thread-times.mjs').ThreadTimes} thread
 */

/**
 * The main loop of a game; `frame` is called in each until it returns false.
 *
 * Frame k is due at start + k/60 s, whatever happened before, so a late frame does not make the next one
 * late. A frame that starts late stands for all that fell due before it started: what was missed is not made
 * up for. Each frame that was due counts, with the time from then until a frame started: a freeze of 50 ms is
 * three late frames (50, 33 and 17 ms), of which one is drawn.
 *
 * Between frames the loop sleeps on a timer until shortly before the next is due, and spins through the rest,
 * as games do. Each round of spinning is a turn of the event loop, so what lives on the event loop has all of
 * the wait.
 *
 * @param {(times: FrameTimes) => boolean} frame
 * @returns {Promise<FrameTimes>}
 */
export async function runFrames(frame) {
  const before = threadTimes();
  /** @type {FrameTimes} */
  const times = { drawn: 0, lateness: [], ownLateness: [], seconds: 0, thread: { cpu: 0, queued: 0 } };
  const start = performance.now();
  let due = start;
  do {
    await waitUntil(due);
    const now = performance.now();
    const { cpu, queued } = threadTimes();
    const waited = queued - before.queued - times.thread.queued;
    for (; due <= now; due = start + times.lateness.length * PERIOD) {
      times.lateness.push(now - due);
      times.ownLateness.push(Math.max(0, now - due - waited));
    }
    times.thread = { cpu: cpu - before.cpu, queued: queued - before.queued };
    times.drawn += 1;
    times.seconds = (now - start) / 1000;
    render();
  } while (frame(times));
  return times;
}

/** @param {number} due */
async function waitUntil(due) {
  const nap = Math.floor(due - performance.now() - TIMER_SLACK);
  if (nap > 0) await sleep(nap);
  await new Promise((resolve) => spin(due, resolve));
}

/**
 * Callbacks, since a promise for each round would have the garbage collector join in.
 * @param {number} due
 * @param {(value: void) => void} done
 */
function spin(due, done) {
  if (performance.now() < due) setImmediate(spin, due, done);
  else done();
}

/** Looks at the clock now and then only: each look leaves a number to the garbage collector. */
function render() {
  const end = performance.now() + RENDERING;
  let pixel = 0;
  while (performance.now() < end) for (let i = 0; i < 10_000; i++) pixel = Math.imul(pixel, 69_069) + 1;
  return pixel;
}
