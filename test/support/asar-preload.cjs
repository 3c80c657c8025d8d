/**
 * In the program and in its threads: archives of the format asar are folders, as they are in Electron.
 * What asar-node leaves out and tickhttp uses is added.
 */
const { register } = require('asar-node');
register();

const fs = require('node:fs');
const { accessSync, existsSync } = fs;
fs.accessSync = (path, mode) => {
  if (!String(path).includes('.asar')) return accessSync(path, mode);
  if (!existsSync(path))
    throw Object.assign(new Error(`ENOENT: no such file, access '${path}'`), { code: 'ENOENT' });
};
