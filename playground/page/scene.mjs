const SHIPS = 26;
const STARS = 170;
const TRAIL = 14;
/** The most sparks that fly at once. */
const SPARKS = 160;
/** Seconds from the edge to the station. */
const FLIGHT = 1.1;
/** Bytes that a spark stands for. */
const SPARK = 2 ** 20;

/**
 * Ships around a station. A spark flies to it for each mebibyte that has arrived. All of it moves by the clock, so a
 * frame that is late shows as a jump.
 */
export class Scene {
  #context;
  #canvas;
  #sky = document.createElement('canvas');
  #time = 0;
  #ships = Array.from({ length: SHIPS }, (_, index) => shipOf(index));
  #sparks = /** @type {Spark[]} */ ([]);
  #next = 0;
  #owed = 0;
  #size = { width: 0, height: 0, scale: 1 };

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser has no canvas');
    this.#context = context;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = Math.min(2, devicePixelRatio);
    this.#size = { width, height, scale };
    for (const canvas of [this.#canvas, this.#sky]) {
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(height * scale));
    }
    paintSky(this.#sky, this.#size);
  }

  /**
   * @param {number} seconds since the last frame
   * @param {number} bytes that have arrived since
   * @param {string} color of what brings them
   */
  draw(seconds, bytes, color) {
    const context = this.#context;
    const { width, height, scale } = this.#size;
    this.#time += Math.min(seconds, 1);
    this.#launch(bytes, color);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#sky, 0, 0);
    context.setTransform(scale, 0, 0, scale, width * scale * 0.5, height * scale * 0.52);
    const reach = Math.min(width * 0.42, height * 1.35);
    this.#drawSparks(width);
    this.#drawStation(Math.min(1, height / 260));
    for (const ship of this.#ships) drawShip(context, ship, this.#time, reach);
  }

  /**
   * @param {number} bytes
   * @param {string} color
   */
  #launch(bytes, color) {
    this.#owed = Math.min(this.#owed + bytes / SPARK, 24);
    for (; this.#owed >= 1; this.#owed--) {
      const spark = { start: this.#time + Math.random() * 0.05, bend: Math.random() * 2 - 1, color };
      this.#sparks[this.#next++ % SPARKS] = spark;
    }
  }

  /** @param {number} width */
  #drawSparks(width) {
    const context = this.#context;
    for (const { start, bend, color } of this.#sparks) {
      const part = (this.#time - start) / FLIGHT;
      if (part < 0 || part > 1) continue;
      const eased = 1 - (1 - part) * (1 - part * 0.4);
      const x = (width / 2) * (1 - eased);
      const y = Math.sin(part * Math.PI) * bend * 74 + (1 - eased) * bend * 60;
      context.globalAlpha = Math.min(1, part * 4) * 0.9;
      context.fillStyle = color;
      context.fillRect(x, y, 7 + 13 * (1 - part), 1.6);
    }
    context.globalAlpha = 1;
  }

  /** @param {number} scale */
  #drawStation(scale) {
    const context = this.#context;
    for (const [radius, alpha] of /** @type {const} */ ([
      [46, 0.05],
      [33, 0.09],
      [21, 0.16],
    ])) {
      context.fillStyle = `rgba(122, 162, 247, ${alpha})`;
      context.beginPath();
      context.arc(0, 0, radius * scale, 0, Math.PI * 2);
      context.fill();
    }
    context.lineWidth = 2;
    for (let ring = 0; ring < 3; ring++) {
      const turn = this.#time * (0.7 - ring * 0.5) + ring;
      context.strokeStyle = ring === 1 ? '#c4a7ff' : '#8fb3ff';
      context.beginPath();
      context.arc(0, 0, (12 + ring * 8) * scale, turn, turn + 4.2);
      context.stroke();
    }
    context.fillStyle = '#f2f5ff';
    context.beginPath();
    context.arc(0, 0, 5 * scale, 0, Math.PI * 2);
    context.fill();
  }
}

/** @typedef {{ start: number, bend: number, color: string }} Spark */
/** @typedef {ReturnType<typeof shipOf>} Ship */

/** @param {number} index */
function shipOf(index) {
  const lane = index % 3;
  return {
    radius: 0.42 + lane * 0.27 + ((index * 37) % 10) / 90,
    speed: (0.42 - lane * 0.09) * (lane === 1 ? -1 : 1),
    phase: (index / SHIPS) * Math.PI * 6,
    tilt: 0.27 + ((index * 53) % 10) / 60,
    color: ['110, 231, 208', '143, 179, 255', '196, 167, 255'][lane] ?? '',
  };
}

/**
 * @param {Ship} ship
 * @param {number} time
 * @param {number} reach
 */
function placeOf({ radius, speed, phase, tilt }, time, reach) {
  const angle = phase + time * speed;
  const swing = Math.sin(time * 0.6 + phase * 3) * 0.05;
  return { x: Math.cos(angle) * radius * reach, y: Math.sin(angle) * (tilt + swing) * radius * reach };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Ship} ship
 * @param {number} time
 * @param {number} reach
 */
function drawShip(context, ship, time, reach) {
  let from = placeOf(ship, time, reach);
  const before = placeOf(ship, time - 0.02, reach);
  const heading = Math.atan2(from.y - before.y, from.x - before.x);
  context.lineWidth = 1.5;
  for (let step = 1; step <= TRAIL; step++) {
    const to = placeOf(ship, time - step * 0.045, reach);
    context.strokeStyle = `rgba(${ship.color}, ${0.5 * (1 - step / TRAIL)})`;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    from = to;
  }
  const { x, y } = placeOf(ship, time, reach);
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
  context.fillStyle = `rgb(${ship.color})`;
  context.beginPath();
  context.moveTo(x + cos * 8, y + sin * 8);
  context.lineTo(x - cos * 5 - sin * 4, y - sin * 5 + cos * 4);
  context.lineTo(x - cos * 2.5, y - sin * 2.5);
  context.lineTo(x - cos * 5 + sin * 4, y - sin * 5 - cos * 4);
  context.fill();
}

/**
 * What does not move is painted once.
 * @param {HTMLCanvasElement} canvas
 * @param {{ width: number, height: number, scale: number }} size
 */
function paintSky(canvas, { width, height, scale }) {
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const glow = context.createRadialGradient(width / 2, height / 2, 0, width / 2, height / 2, width * 0.6);
  glow.addColorStop(0, '#1b2544');
  glow.addColorStop(0.5, '#111830');
  glow.addColorStop(1, '#0b0f1c');
  context.fillStyle = glow;
  context.fillRect(0, 0, width, height);
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32;
  };
  for (let star = 0; star < STARS; star++) {
    const size = 0.6 + random() ** 3 * 1.5;
    context.fillStyle = `rgba(214, 224, 255, ${0.15 + random() * 0.55})`;
    context.fillRect(random() * width, random() * height, size, size);
  }
}
