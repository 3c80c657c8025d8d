/** Makes app.asar of the example and of what it needs, without Electron itself. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';

const NEEDED = ['tickhttp', 'comlink', 'piscina'];

const folder = mkdtempSync(join(tmpdir(), 'tickhttp-electron-'));
for (const name of readdirSync('.').filter((each) => /\.(mjs|cjs|js|html)$|^package\.json$/.test(each)))
  cpSync(name, join(folder, name));
for (const name of NEEDED)
  cpSync(join('node_modules', name), join(folder, 'node_modules', name), { recursive: true });
await createPackage(folder, 'app.asar');
rmSync(folder, { recursive: true });
