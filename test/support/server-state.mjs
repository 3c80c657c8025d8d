/**
 * The memory that a server's thread and its test share, so that a test whose thread never turns its loop can
 * still read what the server has seen, wait for it, and let it go on.
 *
 *   int32  0        changes   grows with everything below: what a waiting test sleeps on
 *   int32  1..63    flags     how often each name was released: what a waiting script sleeps on
 *   int64  32..     rows      of six counters: the server's first, then one for each connection
 */

const FLAGS = 63;
const FIRST_ROW = 32;
const CONNECTIONS = 1023;
const COLUMNS = /** @type {const} */ (['connections', 'closed', 'requests', 'received', 'sent', 'tunnels']);

/** @typedef {typeof COLUMNS[number]} Column */
/** @typedef {Record<Column, number>} Counts */

export class ServerState {
  /** @param {SharedArrayBuffer} [memory] */
  constructor(memory = new SharedArrayBuffer((FIRST_ROW + (1 + CONNECTIONS) * COLUMNS.length) * 8)) {
    this.memory = memory;
    this.changes = new Int32Array(memory, 0, 1);
    this.flags = new Int32Array(memory, 4, FLAGS);
    this.rows = new BigInt64Array(memory, FIRST_ROW * 8);
  }

  /** @returns {Counts} */
  get total() {
    return this.#row(0);
  }

  /**
   * The counts of one connection; the server's total has those of all, these only the first 1023.
   * @param {number} index
   */
  connection(index) {
    return this.#row(1 + index);
  }

  /**
   * @param {number} index of the connection
   * @param {Column} column
   * @param {number} amount
   */
  add(index, column, amount) {
    const at = COLUMNS.indexOf(column);
    Atomics.add(this.rows, at, BigInt(amount));
    if (index < CONNECTIONS) Atomics.add(this.rows, (1 + index) * COLUMNS.length + at, BigInt(amount));
    this.touch();
  }

  touch() {
    Atomics.add(this.changes, 0, 1);
    Atomics.notify(this.changes, 0);
  }

  /** @param {number} flag */
  release(flag) {
    Atomics.add(this.flags, flag, 1);
    Atomics.notify(this.flags, flag);
  }

  /**
   * Resolves when `flag` has been released `times` times.
   * @param {number} flag
   * @param {number} times
   */
  async released(flag, times) {
    for (;;) {
      const seen = Atomics.load(this.flags, flag);
      if (seen >= times) return;
      await Atomics.waitAsync(this.flags, flag, seen).value;
    }
  }

  /** @param {number} row */
  #row(row) {
    const counts = { connections: 0, closed: 0, requests: 0, received: 0, sent: 0, tunnels: 0 };
    COLUMNS.forEach((column, at) => {
      const slot = row * COLUMNS.length + at;
      if (slot < this.rows.length) counts[column] = Number(Atomics.load(this.rows, slot));
    });
    return counts;
  }
}
