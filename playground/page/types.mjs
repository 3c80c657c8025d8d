/** @import { Arrivals } from './pattern.mjs' */

/**
 * Who downloads while the loop runs: nobody, `fetch` read on the page, or tickhttp.
 * @typedef {'alone' | 'fetch' | 'tickhttp'} ReaderName
 */

/**
 * @typedef {object} What
 * @property {ReaderName} reader
 * @property {number} [downloads] at once; default 4. A browser makes six connections to an origin at most
 * @property {number} [seconds] that are measured; default 5
 * @property {number} [rate] MB/s of each download; default 0: as fast as it goes
 * @property {boolean} [draw] whether the scene and the graph are drawn meanwhile; default true
 */

/**
 * What one run has measured; times are in milliseconds where nothing else is said.
 * @typedef {object} Row
 * @property {ReaderName} reader
 * @property {'shared' | 'messages'} mode of the page
 * @property {number} downloads
 * @property {number} rate MB/s of each; 0: as fast as it goes
 * @property {number} seconds
 * @property {number} frames that were due
 * @property {number} late share of them that began more than 4 ms late
 * @property {number} p99 99th percentile of lateness
 * @property {number} worst lateness
 * @property {number} speed MB/s of all downloads together
 * @property {string | null} failure why the figures mean nothing
 */

/**
 * A download that runs. What arrives goes to an {@link Arrivals}.
 * @typedef {object} Transfer
 * @property {(deadline: number) => void} frame reads what has arrived, until `performance.now()` is `deadline`
 * @property {() => void} stop
 * @property {string | null} failure
 */

/**
 * @callback Reader
 * @param {string} path
 * @param {Arrivals} arrivals
 * @param {number} count how many downloads there are
 * @returns {Transfer}
 */

/**
 * What a page does by itself when its URL has `?auto=` and this as JSON.
 * @typedef {object} Plan
 * @property {readonly What[]} [runs] one after the other
 * @property {boolean} [idle] whether calls are measured while nothing happens
 */

/**
 * What such a page sends to `/report` at the end.
 * @typedef {object} Report
 * @property {'shared' | 'messages'} mode
 * @property {Row[]} rows
 * @property {Readonly<Record<string, number>>} idle nanoseconds of a call
 * @property {string | null} failure
 */

export {};
