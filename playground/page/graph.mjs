import { COLORS } from './colors.mjs';
import { LATE } from './run.mjs';

/** @import { ReaderName } from './types.mjs' */

/** Milliseconds at the top; what is more ends there. */
const TOP = 50;
const LINES = [LATE, 16.7, 33.3, 50];
/** Pixels of a bar with the gap behind it, and of the numbers on the left. */
const BAR = 3;
const MARGIN = 34;
const KEPT = 1200;

/** How late the last frames began, a bar for each, in the color of who downloaded meanwhile. */
export class Graph {
  #canvas;
  #context;
  #lateness = new Float64Array(KEPT);
  #colors = /** @type {string[]} */ (Array.from({ length: KEPT }, () => COLORS.alone));
  #count = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser has no canvas');
    this.#context = context;
    const resize = () => {
      const scale = Math.min(2, devicePixelRatio);
      canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
      canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
    };
    new ResizeObserver(resize).observe(canvas);
    resize();
  }

  /**
   * @param {number} lateness
   * @param {ReaderName} reader
   */
  add(lateness, reader) {
    this.#lateness[this.#count % KEPT] = lateness;
    this.#colors[this.#count % KEPT] = COLORS[reader];
    this.#count += 1;
  }

  draw() {
    const context = this.#context;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = this.#canvas.width / Math.max(1, width);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = COLORS.panel;
    context.fillRect(0, 0, width, height);
    const floor = height - 6;
    const most = floor - 12;
    this.#drawLines(width, floor, most);
    const bars = Math.min(KEPT, this.#count, Math.floor((width - MARGIN) / BAR));
    for (let back = 1; back <= bars; back++) {
      const at = (this.#count - back) % KEPT;
      const lateness = this.#lateness[at] ?? 0;
      const tall = Math.max(1.5, heightOf(lateness) * most);
      context.fillStyle = this.#colors[at] ?? COLORS.alone;
      context.globalAlpha = lateness > LATE ? 1 : 0.45;
      context.fillRect(width - back * BAR, floor - tall, BAR - 1, tall);
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {number} width
   * @param {number} floor
   * @param {number} most
   */
  #drawLines(width, floor, most) {
    const context = this.#context;
    context.font = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const line of LINES) {
      const y = Math.round(floor - heightOf(line) * most) + 0.5;
      context.strokeStyle = line === LATE ? COLORS.late : COLORS.line;
      context.setLineDash(line === LATE ? [5, 4] : []);
      context.beginPath();
      context.moveTo(MARGIN, y);
      context.lineTo(width, y);
      context.stroke();
      context.fillStyle = line === LATE ? COLORS.late : COLORS.muted;
      context.fillText(String(Math.round(line)), MARGIN - 8, y);
    }
    context.setLineDash([]);
  }
}

/**
 * The share of the height: a root, so that 4 ms are well to be seen below 50.
 * @param {number} lateness
 */
function heightOf(lateness) {
  return Math.sqrt(Math.min(lateness, TOP) / TOP);
}
