/** @import { WorkerPool } from 'tickhttp' */
/** @import { Game } from './game.mjs' */
/** @import { ReaderName, Row, What } from './types.mjs' */

/** @type {readonly ReaderName[]} */
const READERS = ['alone', 'fetch', 'tickhttp'];
const NAMES = { alone: 'loop alone', fetch: 'fetch', tickhttp: 'tickhttp' };

/** Milliseconds between two looks at the speed. */
const LOOK = 250;

/**
 * An element of the page.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} "${id}"`);
}

/** @param {string} id */
const numberOf = (id) => Number(element(id, HTMLSelectElement).value);

/**
 * @typedef {object} Actions
 * @property {Game} game
 * @property {(what: What) => Promise<Row>} run
 * @property {() => Promise<void>} clear
 */

/** Buttons, choices, and what the page says of itself. */
export class Controls {
  #run;
  #buttons = Array.from(document.querySelectorAll('.buttons button')).filter(
    (button) => button instanceof HTMLButtonElement,
  );

  /** @param {Actions} actions */
  constructor({ game, run, clear }) {
    this.#run = run;
    for (const reader of READERS) this.#listen(`run-${reader}`, () => this.#runAll([reader]));
    this.#listen('run-all', () => this.#runAll(READERS));
    this.#listen('clear', clear);
    game.loop.ready.then(() => {
      element('hertz', HTMLElement).textContent = (1000 / game.loop.period).toFixed(0);
    });
    let { bytes } = game;
    setInterval(() => {
      const speed = Math.max(0, game.bytes - bytes) / LOOK / 1000;
      element('speed', HTMLElement).textContent = speed.toFixed(0);
      bytes = game.bytes;
    }, LOOK);
  }

  /**
   * @param {string} id
   * @param {() => Promise<void>} act
   */
  #listen(id, act) {
    element(id, HTMLButtonElement).addEventListener('click', () => {
      act().catch((error) => {
        element('reason', HTMLElement).textContent = String(error);
      });
    });
  }

  /** @param {readonly ReaderName[]} readers */
  async #runAll(readers) {
    const what = { downloads: numberOf('downloads'), rate: numberOf('rate'), seconds: numberOf('seconds') };
    for (const button of this.#buttons) button.disabled = true;
    try {
      for (const reader of readers) await this.#runOne({ reader, ...what });
    } finally {
      for (const button of this.#buttons) button.disabled = false;
    }
  }

  /** @param {What & { seconds: number }} what */
  async #runOne(what) {
    const { reader, seconds } = what;
    const { classList } = element(`run-${reader}`, HTMLButtonElement);
    const bar = element('progress', HTMLElement);
    const frames = [{ transform: 'scaleX(0)' }, { transform: 'scaleX(1)' }];
    bar.className = reader;
    classList.add('active');
    this.#tell(reader);
    const animation = bar.animate(frames, { duration: seconds * 1000 + 500 });
    try {
      await this.#run(what);
    } finally {
      animation.cancel();
      classList.remove('active');
      this.#tell('alone');
    }
  }

  /** @param {ReaderName} reader */
  #tell(reader) {
    const doing = element('doing', HTMLElement);
    doing.className = `dot ${reader}`;
    doing.textContent = NAMES[reader];
  }

  /** @param {WorkerPool} pool */
  async describePage({ mode, modeReason }) {
    element('mode', HTMLElement).textContent = mode;
    element('reason', HTMLElement).textContent = modeReason;
    const pages = await (await fetch('/pages')).json();
    for (const [id, url] of Object.entries(pages)) {
      const link = element(id, HTMLAnchorElement);
      link.href = url;
      if (new URL(url).origin === location.origin) link.ariaCurrent = 'page';
    }
  }
}
