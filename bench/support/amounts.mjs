import { MIB } from './body.mjs';

/** Set by --full: each round does the whole amount. Else it does a tenth or a fifth, to be done in five minutes. */
const FULL = process.env.TICKHTTP_BENCH_FULL === '1';

/** The body of a download; whole, it is 1 GiB. */
export const DOWNLOAD = (FULL ? 1024 : 103) * MIB;

/** What a download takes before, so that code is compiled and windows are open. */
export const WARM_UP = 16 * MIB;

/** What passes while memory is watched, in bodies of 64 MiB; whole, it is 10 GiB. */
export const FLOW = (FULL ? 10 : 0.5) * 1024 * MIB;
export const FLOW_BODY = 64 * MIB;

/** Of a small answer. */
export const SMALL = 11;

/** Small requests, one after the other; whole, 10 000. Of those that take long, fewer. */
export const REQUESTS = FULL ? 10_000 : 2000;
export const SLOW_REQUESTS = REQUESTS / 4;
export const PROCESSES = REQUESTS / 200;

/** Requests over many connections. */
export const PARALLEL_SMALL = FULL ? 32_000 : 2000;
export const PARALLEL_LARGE = FULL ? 1280 : 128;

/** Files of a game, and the size of each. */
export const ASSETS = 2000;
export const ASSET = 20 * 1024;

/** Answers of an API, in JSON, and the size of each, unpacked. */
export const ANSWERS = 500;
export const ANSWER = 200 * 1024;

/** The body of a packed download, unpacked. */
export const UNPACKED = 100 * MIB;

/** The bodies with a length that benches ask for; nginx serves them from files that are there before. */
export const BODY_SIZES = [SMALL, ASSET, MIB, WARM_UP, FLOW_BODY, DOWNLOAD];
