/** Copies the pages of the repository, and the pictures in them, to `pages`. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, REPOSITORY, SITE_PAGES } from './site-pages.mjs';

rmSync(PAGES, { recursive: true, force: true });
for (const [from, to] of SITE_PAGES) cpSync(join(REPOSITORY, from), join(PAGES, to));
cpSync(join(REPOSITORY, 'docs/performance'), join(PAGES, 'docs/performance'), { recursive: true });
