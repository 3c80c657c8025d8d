import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BrowserWindow, ipcMain, utilityProcess } from 'electron';
import { runChecks } from './checks.mjs';

/** Milliseconds. */
const PATIENCE = 60_000;

/** Prints a line for each check. */
export async function smoke() {
  console.log(`Electron ${process.versions.electron}, Node ${process.versions.node}`);
  const inMain = await runChecks((line) => console.log(`main process: ${line}`));
  return [inMain, await inUtilityProcess(), await inRenderer()].every(Boolean);
}

async function inUtilityProcess() {
  const child = utilityProcess.fork(fileURLToPath(new URL('utility.mjs', import.meta.url)));
  /** @type {boolean} */
  const fine = await new Promise((resolve) => {
    // Lines, and at last whether all went well.
    child.on('message', (message) => {
      if (typeof message === 'boolean') resolve(message);
      else console.log(`utility process: ${message}`);
    });
    child.on('exit', () => resolve(false));
    setTimeout(() => resolve(false), PATIENCE).unref();
  });
  child.kill();
  return fine;
}

/** It must be told that there are no threads, and where to go. */
async function inRenderer() {
  const preload = fileURLToPath(new URL('renderer-preload.cjs', import.meta.url));
  const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: false } });
  const told = once(ipcMain, 'refusal', { signal: AbortSignal.timeout(PATIENCE) });
  window.webContents.on('preload-error', (_event, _path, error) => console.log(`renderer: ${error.message}`));
  await window.loadFile(fileURLToPath(new URL('index.html', import.meta.url)));
  const [, { code, message }] = await told.catch((error) => [null, { code: '', message: error.message }]);
  window.destroy();
  const fine = code === 'WORKER_NOT_STARTED' && message.includes('docs/electron.md');
  console.log(`renderer: ${fine ? 'ok    it is refused' : 'FAIL '} ${message}`);
  return fine;
}
