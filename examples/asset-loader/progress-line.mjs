/** Seconds. */
const REDRAW = 0.1;
const BETWEEN_LINES = 1;

/** Characters. */
const WIDTH = 30;

/** A line that is written over and over in a terminal; elsewhere a new one each second. */
export class ProgressLine {
  #inPlace = process.stdout.isTTY;
  #next = this.#inPlace ? 0 : BETWEEN_LINES;

  /**
   * Called each frame; draws now and then.
   * @param {number} done files
   * @param {number} total files
   * @param {number} bytes
   * @param {number} seconds
   */
  show(done, total, bytes, seconds) {
    if (seconds < this.#next) return;
    this.#next = seconds + (this.#inPlace ? REDRAW : BETWEEN_LINES);
    this.#draw(textOf(done, total, bytes, seconds), this.#inPlace ? '' : '\n');
  }

  /**
   * Draws what stays.
   * @param {number} done
   * @param {number} total
   * @param {number} bytes
   * @param {number} seconds
   */
  end(done, total, bytes, seconds) {
    this.#draw(textOf(done, total, bytes, seconds), '\n');
  }

  /**
   * @param {string} text
   * @param {string} end
   */
  #draw(text, end) {
    // One that wraps could not be written over.
    if (this.#inPlace) process.stdout.write(`\r${text.slice(0, process.stdout.columns - 1)}\x1b[K${end}`);
    else process.stdout.write(text + end);
  }
}

/**
 * @param {number} done
 * @param {number} total
 * @param {number} bytes
 * @param {number} seconds
 */
function textOf(done, total, bytes, seconds) {
  const full = Math.floor((done / Math.max(1, total)) * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  const rate = `${megabytes(bytes / Math.max(seconds, 0.001))}/s`;
  return `${bar} ${done} of ${total} files  ${megabytes(bytes)}  ${rate}`;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
