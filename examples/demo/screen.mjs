import { bar, megabytes, ms, sparkline, summarize } from './text.mjs';

/** @import { FrameTimes } from './frame-loop.mjs' */

/**
 * What is drawn of a download.
 * @typedef {object} Shown
 * @property {string} name
 * @property {number} size -1 when unknown
 * @property {{ readonly received: number }} body
 * @property {number} seconds how long it has taken so far
 */

/**
 * @callback Draw
 * @param {FrameTimes} times
 * @param {readonly Shown[]} downloads
 * @returns {void}
 */

/**
 * @typedef {object} Screen
 * @property {Draw} show called each frame, draws now and then
 * @property {Draw} end draws what stays
 */

/**
 * @param {string} title
 * @returns {Screen}
 */
export function openScreen(title) {
  return process.stdout.isTTY ? new TerminalScreen(title) : new PlainScreen(title);
}

/** Characters. */
const LABEL = 15;
const WIDTH = 60;
const GAUGE = 36;

/** Seconds. */
const REDRAW = 0.1;
const BETWEEN_LINES = 1;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_TO_END = '\x1b[J';

/**
 * Draws in place.
 * @implements {Screen}
 */
class TerminalScreen {
  #title;
  #height = 0;
  #next = 0;

  /** @param {string} title */
  constructor(title) {
    this.#title = title;
    process.stdout.write(HIDE_CURSOR);
    process.on('exit', () => process.stdout.write(SHOW_CURSOR));
  }

  /**
   * @param {FrameTimes} times
   * @param {readonly Shown[]} downloads
   */
  show(times, downloads) {
    if (times.seconds < this.#next) return;
    this.#next = times.seconds + REDRAW;
    this.#draw(times, downloads, times.lateness.slice(-WIDTH * 2));
  }

  /**
   * @param {FrameTimes} times
   * @param {readonly Shown[]} downloads
   */
  end(times, downloads) {
    this.#draw(times, downloads, times.lateness);
  }

  /**
   * @param {FrameTimes} times
   * @param {readonly Shown[]} downloads
   * @param {number[]} lateness
   */
  #draw(times, downloads, lateness) {
    const lines = [
      `${this.#title.padEnd(LABEL)}${sparkline(lateness, WIDTH)}`,
      `${' '.repeat(LABEL)}${state(times)}`,
    ];
    for (const download of downloads) lines.push(progress(download));
    // A line that wraps would be two to go up.
    const columns = process.stdout.columns - 1;
    // Back to column 0 first: the terminal may have echoed a key, "^C" for one.
    const up = this.#height > 0 ? `\r\x1b[${this.#height}A` : '\r';
    const text = lines.map((line) => `${line.slice(0, columns)}\x1b[K\n`).join('');
    process.stdout.write(up + text + CLEAR_TO_END);
    this.#height = lines.length;
  }
}

/**
 * A line each second, for pipes.
 * @implements {Screen}
 */
class PlainScreen {
  #next = BETWEEN_LINES;

  /** @param {string} title */
  constructor(title) {
    console.log(`${title}:`);
  }

  /**
   * @param {FrameTimes} times
   * @param {readonly Shown[]} downloads
   */
  show(times, downloads) {
    if (times.seconds < this.#next) return;
    this.#next += BETWEEN_LINES;
    this.end(times, downloads);
  }

  /**
   * @param {FrameTimes} times
   * @param {readonly Shown[]} downloads
   */
  end(times, downloads) {
    const received = downloads.reduce((sum, { body }) => sum + body.received, 0);
    const progress = `, ${megabytes(received)} at ${speed(received, times.seconds)}`;
    console.log(`  ${state(times)}${downloads.length > 0 ? progress : ''}`);
  }
}

/** @param {FrameTimes} times */
function state(times) {
  const { due, late, worst } = summarize(times.lateness);
  const drawn = `${times.drawn} of ${due} frames drawn`;
  return `${times.seconds.toFixed(1)} s, ${drawn}, ${late} late, worst ${ms(worst)}`;
}

/** @param {Shown} download */
function progress({ name, size, body, seconds }) {
  const gauge = size > 0 ? bar(body.received / size, GAUGE) : '·'.repeat(GAUGE);
  const rate = speed(body.received, seconds);
  return `${name.padEnd(LABEL)}${gauge}${megabytes(body.received).padStart(10)}${rate.padStart(11)}`;
}

/**
 * @param {number} bytes
 * @param {number} seconds
 */
function speed(bytes, seconds) {
  return `${megabytes(seconds > 0 ? bytes / seconds : 0)}/s`;
}
