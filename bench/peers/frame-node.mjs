/** Downloads on the main thread: they do their work whenever the event loop turns. */
import * as node from './node-downloads.mjs';

/** @import { Downloader } from '../support/downloads.mjs' */
/** @import { Feed, FrameClient } from '../support/frame-feed.mjs' */

export const undici = forever(node.undiciStream);
export const nodeFetch = forever(node.nodeFetch);
export const nodeHttp = forever(node.nodeHttp);

/**
 * @param {Downloader} downloader
 * @returns {FrameClient}
 */
function forever(downloader) {
  return (origin, feeds) => {
    for (const feed of feeds) repeat(downloader, origin, feed);
    return () => {};
  };
}

/**
 * Nobody awaits it: what goes wrong ends the process.
 * @param {Downloader} downloader
 * @param {string} origin
 * @param {Feed} feed
 */
async function repeat(downloader, origin, feed) {
  const download = await downloader(origin);
  for (;;) {
    await download(feed.path, feed.body);
    feed.next();
  }
}
