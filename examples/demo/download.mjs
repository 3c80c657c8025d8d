/** @import { BodyCheck } from './body.mjs' */

/**
 * What takes the bytes of a body.
 * @typedef {object} Consumer
 * @property {(chunk: Uint8Array) => void} take
 */

/**
 * One body on its way, through whatever client.
 * @typedef {object} Transfer
 * @property {boolean} done
 * @property {string | null} failure why it failed
 * @property {(deadline: number) => void} tick called once a frame; may work until `performance.now()` says
 *   `deadline`
 * @property {() => void} stop breaks it off
 */

/**
 * One download of the comparison.
 * @typedef {object} Download
 * @property {string} name
 * @property {number} size
 * @property {BodyCheck} body
 * @property {number} seconds how long it has taken so far
 * @property {Transfer} transfer
 */

export {};
