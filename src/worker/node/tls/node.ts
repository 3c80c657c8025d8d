import { createRequire } from 'node:module';

/** Both take some 5 ms to load, and a thread that never does TLS starts sooner without them. */
const require = createRequire(import.meta.url);
export const nodeTLS = (): typeof import('node:tls') => require('node:tls');
export const nodeCrypto = (): typeof import('node:crypto') => require('node:crypto');
