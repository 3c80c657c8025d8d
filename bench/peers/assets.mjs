import { HTTPRequest, WorkerPool } from 'tickhttp';
import { ASSET } from '../support/amounts.mjs';

/**
 * Asks for `count` files at once; `take` gets the body of each. What settles when all are there is awaited.
 * @typedef {(count: number, take: (body: Uint8Array) => void) => void | Promise<unknown>} Asker
 */

/** @typedef {(origin: string) => Asker | Promise<Asker>} AskerMaker */

/** That each client may open. */
export const CONNECTIONS = 6;
const PATH = `/bytes/${ASSET}`;

/**
 * Bodies come with `tick()`, which is left to the caller.
 * @param {string} origin
 * @returns {Asker}
 */
export function signalled(origin) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return (count, take) => {
    for (let asked = 0; asked < count; asked++) {
      const http = new HTTPRequest({ pool });
      http.requestCompleted.connect((_result, _code, _headers, body) => take(body));
      http.request(origin + PATH);
    }
  };
}

/**
 * @param {string} origin
 * @returns {Asker}
 */
export function awaited(origin) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return all(async (take) => {
    const http = new HTTPRequest({ pool });
    http.request(origin + PATH);
    take((await http.completed()).body);
  });
}

/**
 * @param {string} origin
 * @returns {Promise<Asker>}
 */
export async function undiciPool(origin) {
  const { Pool } = await import('undici');
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return all(async (take) => {
    const { body } = await pool.request({ method: 'GET', path: PATH });
    take(await body.bytes());
  });
}

/**
 * It can't be told how many connections to open: so many lanes ask one after the other.
 * @param {string} origin
 * @returns {Asker}
 */
export function nodeFetch(origin) {
  return (count, take) => {
    let left = count;
    const lane = async () => {
      for (; left > 0; ) {
        left -= 1;
        const response = await fetch(origin + PATH);
        take(new Uint8Array(await response.arrayBuffer()));
      }
    };
    return Promise.all(Array.from({ length: CONNECTIONS }, lane));
  };
}

/**
 * @param {(take: (body: Uint8Array) => void) => Promise<void>} one
 * @returns {Asker}
 */
function all(one) {
  return (count, take) => Promise.all(Array.from({ length: count }, () => one(take)));
}
