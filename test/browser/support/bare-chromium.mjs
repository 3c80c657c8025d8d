import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian has Chromium, or what the environment names. Throws if nothing is there. */
export function chromiumPath() {
  const path = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  throw new Error(
    `There is no Chromium at ${path}. Name it in the environment (CHROMIUM=/path/of/chromium), or install it ` +
      '(Debian: apt install chromium)',
  );
}

/**
 * Opens a URL in a Chromium that nothing inspects: under a driver that watches the network, such as Playwright, Chromium
 * never holds a server back. The page has to tell its server what it sees.
 *
 * `close()` ends the browser and removes its profile. The browser ends with this process, too.
 *
 * @param {string} url
 * @param {readonly string[]} [flags] More flags for Chromium.
 * @returns {Promise<{ close: () => Promise<void> }>}
 */
export async function openBareChromium(url, flags = []) {
  const path = chromiumPath();
  const profile = await mkdtemp(join(tmpdir(), 'tickhttp-chromium-'));
  const own = ['--headless', '--no-sandbox', '--no-first-run', `--user-data-dir=${profile}`];
  // A process group of its own: its helpers end with it.
  const browser = spawn(path, [...own, ...flags, url], { detached: true, stdio: 'ignore' });
  await once(browser, 'spawn');
  const gone = once(browser, 'exit');
  const kill = () => {
    if (browser.pid !== undefined && browser.exitCode === null && browser.signalCode === null)
      process.kill(-browser.pid, 'SIGKILL');
  };
  process.once('exit', kill);
  return {
    async close() {
      process.off('exit', kill);
      kill();
      await gone;
      // Its helpers may still write for a moment.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
