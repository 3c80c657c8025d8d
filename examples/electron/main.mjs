/**
 * Electron's main process: a loop of 60 ticks a second downloads with tickhttp and tells a page how far it is. The page
 * downloads the same by itself, with the build for browsers.
 *
 *     npm install && npm start           the window (in the root first: npm ci && npm run build)
 *     npm run smoke                      checks, in the main process, a utility process, a preload script and a page
 *     npm run smoke:packed               the same from inside app.asar
 */
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, protocol } from 'electron';
import { HTTPClient, Method, Status } from 'tickhttp';
import { respond, SCHEME } from './scheme.mjs';
import { startServer } from './server.mjs';
import { smoke } from './smoke.mjs';

const BYTES = 2_000_000_000;

/** Milliseconds. */
const TICK = 1000 / 60;

protocol.registerSchemesAsPrivileged([SCHEME]);

// Not awaited here: Electron is ready only when this module has been evaluated.
app.whenReady().then(main).catch(fail);

async function main() {
  protocol.handle(SCHEME.scheme, (request) => respond(request));
  if (process.argv.includes('--smoke')) app.exit((await smoke()) ? 0 : 1);
  else await show();
}

/** @param {unknown} error */
function fail(error) {
  console.error(error);
  app.exit(1);
}

async function show() {
  const window = new BrowserWindow({
    width: 640,
    height: 420,
    webPreferences: { preload: fileURLToPath(new URL('preload.cjs', import.meta.url)) },
  });
  const server = await startServer();
  await window.loadURL(`${SCHEME.scheme}://app/index.html?port=${server.port}`);
  const http = new HTTPClient({ bufferSize: 16 << 20 });
  http.readChunkSize = 4 << 20;
  http.connectToHost('127.0.0.1', server.port);

  let [bytes, worstLateness, last] = [0, 0, performance.now()];
  const timer = setInterval(() => {
    worstLateness = Math.max(worstLateness, performance.now() - last - TICK);
    last = performance.now();
    http.poll();
    if (http.getStatus() === Status.CONNECTED && !http.hasResponse())
      http.request(Method.GET, `/?bytes=${BYTES}`, []);
    while (http.getStatus() === Status.BODY) {
      const { length } = http.borrowResponseBodyChunk();
      bytes += length;
      if (length === 0 || performance.now() - last > 4) break;
    }
    if (window.isDestroyed()) clearInterval(timer);
    else
      window.webContents.send('progress', {
        bytes,
        of: BYTES,
        worstLateness,
        error: http.getLastError()?.message,
      });
  }, TICK);
  app.on('window-all-closed', () => app.quit());
}
