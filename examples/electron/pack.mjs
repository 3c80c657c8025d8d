/** Makes app.asar of the example and of tickhttp, which needs no other package. Electron itself is not in it. */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackage } from '@electron/asar';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tickhttp-electron-'));
for (const name of readdirSync(here).filter((each) => /\.(mjs|cjs|js|html)$|^package\.json$/.test(each)))
  cpSync(join(here, name), join(folder, name));
// npm has installed a link to the repository.
const installed = realpathSync(join(here, 'node_modules/tickhttp'));
for (const name of ['package.json', 'dist'])
  cpSync(join(installed, name), join(folder, 'node_modules/tickhttp', name), { recursive: true });
await createPackage(folder, join(here, 'app.asar'));
rmSync(folder, { recursive: true });
