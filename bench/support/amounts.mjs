import { MIB } from './body.mjs';

/** Set by --full: each round does the whole amount. Else it does a tenth or a fifth, to be done in five minutes. */
const FULL = process.env.TICKHTTP_BENCH_FULL === '1';

/** The body of a download; whole, it is 1 GiB. */
export const DOWNLOAD = (FULL ? 1024 : 103) * MIB;

/**
 * What every client does before it is measured. undici's first 2000 requests in a process take two to three times as
 * long as its later ones, and V8 goes on compiling until some 8000; clients in workers need as many. `request-cold` has
 * the first ones.
 */
export const WARM_REQUESTS = 10_000;

/** As many reads of 64 KiB. */
export const WARM_BYTES = 640 * MIB;

/** What a download compares byte by byte before. */
export const WARM_UP = 16 * MIB;

/** Downloads that are not measured: WARM_BYTES, or a little less. */
export const WARM_DOWNLOADS = Math.max(1, Math.floor(WARM_BYTES / DOWNLOAD));

/** The downloads of a process that has just begun: together about 1 GB. */
export const COLD_DOWNLOADS = FULL ? 1 : 10;

/** What passes while memory is watched, in bodies of 64 MiB; whole, it is 10 GiB. */
export const FLOW = (FULL ? 10 : 0.5) * 1024 * MIB;
export const FLOW_BODY = 64 * MIB;

/** Of a small answer. */
export const SMALL = 11;

/** Small requests, one after the other; whole, 10 000. Of processes, which take long, fewer. */
export const REQUESTS = FULL ? 10_000 : 2000;
export const PROCESSES = REQUESTS / 200;

/** The requests of a process that has just begun. */
export const COLD_REQUESTS = 2000;

/** Requests over many connections. */
export const PARALLEL_SMALL = FULL ? 32_000 : 2000;
export const PARALLEL_LARGE = FULL ? 1280 : 128;

/** Files of a game, and the size of each. */
export const ASSETS = 2000;
export const WARM_LOADS = WARM_REQUESTS / ASSETS;
export const ASSET = 20 * 1024;

/** Answers of an API, in JSON, and the size of each, unpacked. */
export const ANSWERS = 500;
export const ANSWER = 200 * 1024;

/** The body of a packed download, unpacked. */
export const UNPACKED = 100 * MIB;

/** The bodies with a length that benches ask for; nginx serves them from files that are there before. */
export const BODY_SIZES = [SMALL, ASSET, MIB, WARM_UP, FLOW_BODY, DOWNLOAD];
