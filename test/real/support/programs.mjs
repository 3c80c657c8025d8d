import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} purpose what is tested with it
 * @property {string} debianPackage
 * @property {string} versionOption
 */

/** @type {readonly Program[]} */
export const PROGRAMS = [
  {
    name: 'squid',
    purpose: 'proxy: keep-alive, tunnels, credentials, refused port, over TLS',
    debianPackage: 'squid',
    versionOption: '-v',
  },
  {
    name: 'tinyproxy',
    purpose: 'proxy: the same, but closing after each answer, and without TLS',
    // `tinyproxy` is the same program with a service that starts.
    debianPackage: 'tinyproxy-bin',
    versionOption: '-v',
  },
  {
    name: 'nginx',
    purpose: 'server: HTTP, TLS 1.2, TLS 1.3, client certificates, gzip, keep-alive limits',
    debianPackage: 'nginx',
    versionOption: '-v',
  },
];

/**
 * The path of a program, undefined if there is none. Debian keeps servers in `sbin`, which is on root's PATH only.
 * @param {string} name
 */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * What a program says of its version, cut down to the number.
 * @param {string} path
 * @param {string} option
 */
export function versionOf(path, option) {
  const { stdout, stderr } = spawnSync(path, [option], { encoding: 'utf8', timeout: 5000 });
  return /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? 'version unknown';
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
