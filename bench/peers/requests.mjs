/** Small GETs over one connection, each when the last is answered. */
import { spawnSync } from 'node:child_process';
import * as plain from 'node:http';
import * as secure from 'node:https';
import { buffer } from 'node:stream/consumers';
import { Status } from 'tickhttp';
import { SMALL } from '../support/amounts.mjs';
import { FetchInWorker } from './fetch-in-worker.mjs';
import { connect, expectOk, expectStatus, startGet } from './tick.mjs';

/** @typedef {() => Uint8Array | Promise<Uint8Array>} Get one request, and its body */
/** @typedef {(origin: string) => Get | Promise<Get>} GetMaker */

const PATH = `/bytes/${SMALL}`;

/**
 * @param {string} origin
 * @returns {Get}
 */
export function tickBlocking(origin) {
  const http = connect(origin);
  return () => {
    startGet(http, PATH);
    expectOk(http, http.poll());
    const body = http.readResponseBodyChunk();
    expectStatus(http, Status.CONNECTED);
    return body;
  };
}

/**
 * @param {string} origin
 * @returns {Get}
 */
export function tickPolled(origin) {
  const http = connect(origin);
  http.blockingModeEnabled = false;
  return () => {
    startGet(http, PATH);
    while (http.getStatus() === Status.REQUESTING) http.poll();
    const body = http.readResponseBodyChunk();
    expectStatus(http, Status.CONNECTED);
    return body;
  };
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
export async function undiciClient(origin) {
  const { Client } = await import('undici');
  const client = new Client(origin);
  return async () => {
    const { body } = await client.request({ method: 'GET', path: PATH });
    return body.bytes();
  };
}

/**
 * @param {string} origin
 * @returns {Get}
 */
export function nodeHttp(origin) {
  const { protocol, hostname, port } = new URL(origin);
  const { get, Agent } = protocol === 'https:' ? secure : plain;
  const options = { hostname, port, path: PATH, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
  return () =>
    new Promise((resolve, reject) => {
      get(options, (response) => buffer(response).then(resolve, reject)).on('error', reject);
    });
}

/**
 * @param {string} origin
 * @returns {Get}
 */
export function nodeFetch(origin) {
  const url = origin + PATH;
  return async () => new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/**
 * @param {string} origin
 * @returns {Get}
 */
export function fetchPosted(origin) {
  const worker = new FetchInWorker();
  return () => worker.get(origin + PATH);
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
export async function undiciComlink(origin) {
  const { undiciInWorker } = await import('./undici-in-worker.mjs');
  const worker = undiciInWorker(origin, 1);
  return () => worker.get(PATH);
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
export async function synckitUndici(origin) {
  const { createSyncFn } = await import('synckit');
  const call = createSyncFn(new URL('./synckit-worker.mjs', import.meta.url).href);
  return () => call(origin, PATH);
}

/**
 * @param {string} origin
 * @returns {Get}
 */
export function curl(origin) {
  return () => {
    const { stdout, error } = spawnSync('curl', ['-s', origin + PATH]);
    if (error) throw error;
    return stdout;
  };
}
