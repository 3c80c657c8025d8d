import { rmSync } from 'node:fs';

// tsc leaves the output of deleted sources behind, and `npm pack` would ship it.
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
