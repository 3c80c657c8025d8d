import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BrowserWindow, ipcMain, utilityProcess } from 'electron';
import { runChecks } from './checks.mjs';
import { SCHEME } from './scheme.mjs';
import { startServer } from './server.mjs';

/** Milliseconds. */
const PATIENCE = 60_000;

/** Prints a line for each check. */
export async function smoke() {
  console.log(`Electron ${process.versions.electron}, Node ${process.versions.node}`);
  const inMain = await runChecks((line) => console.log(`main process: ${line}`));
  return [inMain, await inUtilityProcess(), await inPreload(), await inPage()].every(Boolean);
}

async function inUtilityProcess() {
  const child = utilityProcess.fork(fileURLToPath(new URL('utility.mjs', import.meta.url)));
  const fine = await listen('utility process', (hear) => {
    child.on('message', hear);
    child.on('exit', () => hear(false));
  });
  child.kill();
  return fine;
}

/** The build for browsers, in a page of the program's own scheme. */
async function inPage() {
  const server = await startServer();
  const preload = fileURLToPath(new URL('smoke-preload.cjs', import.meta.url));
  const window = new BrowserWindow({ show: false, webPreferences: { preload } });
  const fine = await listen('page', (hear) => {
    ipcMain.on('checks', (_event, message) => hear(message));
    window.webContents.on('console-message', ({ level, message }) => {
      if (level === 'error') hear(message);
    });
    window.loadURL(`${SCHEME.scheme}://app/smoke.html?port=${server.port}`).catch(() => hear(false));
  });
  window.destroy();
  server.close();
  return fine;
}

/**
 * Prints what somebody says: lines, and at last whether all went well.
 *
 * @param {string} who
 * @param {(hear: (message: string | boolean) => void) => void} begin
 * @returns {Promise<boolean>}
 */
function listen(who, begin) {
  return new Promise((resolve) => {
    begin((message) => {
      if (typeof message === 'boolean') resolve(message);
      else console.log(`${who}: ${message}`);
    });
    setTimeout(() => resolve(false), PATIENCE).unref();
  });
}

/** The build for Node must say that there are no threads, and where to go. */
async function inPreload() {
  const preload = fileURLToPath(new URL('renderer-preload.cjs', import.meta.url));
  const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: false } });
  const told = once(ipcMain, 'refusal', { signal: AbortSignal.timeout(PATIENCE) });
  window.webContents.on('preload-error', (_event, _path, error) =>
    console.log(`preload script: ${error.message}`),
  );
  await window.loadURL('about:blank');
  const [, { code, message }] = await told.catch((error) => [null, { code: '', message: error.message }]);
  window.destroy();
  const fine = code === 'WORKER_NOT_STARTED' && message.includes('docs/electron.md');
  console.log(`preload script: ${fine ? 'ok    it is refused' : 'FAIL '} ${message}`);
  return fine;
}
