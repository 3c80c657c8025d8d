import { frames, moreFrames } from './benches/frames.mjs';

/** @import { Bench } from './support/types.mjs' */

/**
 * Each in a module of its own that is loaded when it is run, so that no peer pays for what only other benches use.
 * @type {Readonly<Record<string, () => Promise<{ bench: Bench }>>>}
 */
const BENCHES = {
  request: () => import('./benches/request.mjs'),
  'request-tls': () => import('./benches/request-tls.mjs'),
  'request-cold': () => import('./benches/request-cold.mjs'),
  'request-frames': () => import('./benches/request-frames.mjs'),
  download: () => import('./benches/download.mjs'),
  'download-cold': () => import('./benches/download-cold.mjs'),
  'download-tls': () => import('./benches/download-tls.mjs'),
  'download-chunked-16k': () => import('./benches/download-chunked-16k.mjs'),
  'download-chunked-1m': () => import('./benches/download-chunked-1m.mjs'),
  poll: () => import('./benches/poll.mjs'),
  head: () => import('./benches/head.mjs'),
  'read-pieces': () => import('./benches/read-pieces.mjs'),
  'beside-flood': () => import('./benches/beside-flood.mjs'),
  upload: () => import('./benches/upload.mjs'),
  'upload-copied': () => import('./benches/upload-copied.mjs'),
  'parallel-small': () => import('./benches/parallel-small.mjs'),
  'parallel-1m': () => import('./benches/parallel-1m.mjs'),
  assets: () => import('./benches/assets.mjs'),
  'assets-frames': () => import('./benches/assets-frames.mjs'),
  'last-byte': () => import('./benches/last-byte.mjs'),
  file: () => import('./benches/file.mjs'),
  json: () => import('./benches/json.mjs'),
  unpack: () => import('./benches/unpack.mjs'),
  'unpack-small': () => import('./benches/unpack-small.mjs'),
  'unpack-frames': () => import('./benches/unpack-frames.mjs'),
  'beside-bomb': () => import('./benches/beside-bomb.mjs'),
  tick: () => import('./benches/tick.mjs'),
  memory: () => import('./benches/memory.mjs'),
  'memory-flow': () => import('./benches/memory-flow.mjs'),
  start: () => import('./benches/start.mjs'),
  'second-client': () => import('./benches/second-client.mjs'),
  ...frames,
  ...moreFrames,
};

/** They need Chromium, or `taskset` of Linux, so whoever wants these names them. */
const NAMED = {
  'one-core-request': () => import('./benches/one-core-request.mjs'),
  'page-frames': () => import('./benches/page-frames.mjs'),
  'page-download': () => import('./benches/page-download.mjs'),
  'page-idle': () => import('./benches/page-idle.mjs'),
};

/** Whoever wants these names them, or all. */
const EXTRA = new Set(Object.keys(moreFrames));

/**
 * The benches of these names, the usual ones without any. A name that is none stands for the usual ones that begin
 * with it, and for those that have to be named.
 * @param {readonly string[]} wanted
 * @param {boolean} full also those that are not usual
 */
export function selectBenches(wanted, full) {
  const named = Object.keys(NAMED);
  const ours = Object.keys(BENCHES);
  const all = [...ours, ...named];
  const usual = full ? ours : ours.filter((name) => !EXTRA.has(name));
  if (wanted.length === 0) return usual;
  return wanted.flatMap((name) => {
    const found = all.includes(name) ? [name] : [...usual, ...named].filter((each) => each.startsWith(name));
    if (found.length === 0) throw new Error(`no bench is called "${name}"; there are: ${all.join(', ')}`);
    return found;
  });
}

/** @param {string} name */
export async function loadBench(name) {
  const load = { ...BENCHES, ...NAMED }[name];
  if (!load) throw new Error(`no bench is called "${name}"`);
  return (await load()).bench;
}
