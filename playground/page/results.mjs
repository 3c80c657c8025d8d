/** @import { Row } from './types.mjs' */

const NAMES = { alone: 'Loop alone', fetch: 'fetch', tickhttp: 'tickhttp' };
const PAGES = { shared: 'isolated', messages: 'not isolated' };

/** The table. Its rows are the server's, which has those of both pages. */
export class Results {
  #body;
  #empty;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLElement} empty shown while there are none
   */
  constructor(body, empty) {
    this.#body = body;
    this.#empty = empty;
  }

  /** @param {Row} row */
  async add(row) {
    await this.#ask({ method: 'POST', body: JSON.stringify(row) });
  }

  async refresh() {
    await this.#ask({});
  }

  async clear() {
    await this.#ask({ method: 'DELETE' });
  }

  /** @param {RequestInit} what */
  async #ask(what) {
    const response = await fetch('/results', what);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    this.#show(await response.json());
  }

  /** @param {readonly Row[]} rows */
  #show(rows) {
    this.#empty.hidden = rows.length > 0;
    this.#body.replaceChildren(...rows.map(lineOf));
  }
}

/** @param {Row} row */
function lineOf(row) {
  const line = document.createElement('tr');
  line.dataset.reader = row.reader;
  line.className = row.reader;
  const name = document.createElement('span');
  name.className = 'dot';
  name.textContent = NAMES[row.reader];
  line.append(cell('', name), cell('soft', PAGES[row.mode]), cell('soft wide', loadOf(row)));
  if (row.failure !== null) {
    const failed = cell('failed', row.failure);
    failed.colSpan = 5;
    line.append(failed);
    return line;
  }
  const bar = document.createElement('div');
  bar.style.width = `${row.late * 100}%`;
  line.append(
    cell('number', `${(row.late * 100).toFixed(1)} %`),
    cell('bar wide', bar),
    cell('number', row.p99.toFixed(1)),
    cell('number wide', row.worst.toFixed(1)),
    cell('number', row.reader === 'alone' ? '–' : row.speed.toFixed(0)),
  );
  return line;
}

/** @param {Row} row */
function loadOf({ reader, downloads, rate }) {
  if (reader === 'alone') return 'none';
  return `${downloads} × ${rate === 0 ? 'full speed' : `${rate} MB/s`}`;
}

/**
 * @param {string} className
 * @param {string | HTMLElement} content
 */
function cell(className, content) {
  const made = document.createElement('td');
  made.className = className;
  made.append(content);
  return made;
}
