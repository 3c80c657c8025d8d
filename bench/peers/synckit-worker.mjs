import { runAsWorker } from 'synckit';
import { Client } from 'undici';

/** @type {Client | null} */
let client = null;

runAsWorker(
  /**
   * @param {string} origin
   * @param {string} path
   */
  async (origin, path) => {
    client ??= new Client(origin);
    const { body } = await client.request({ method: 'GET', path });
    return body.bytes();
  },
);
