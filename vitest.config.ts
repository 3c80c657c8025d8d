import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need programs that npm does not install: `npm run test:real`, `npm run test:browser`.
    exclude: ['test/real/**', 'test/browser/**'],
    globalSetup: 'test/support/left-out.ts',
    // A blocking-mode test stops its thread: each file gets a process of its own.
    pool: 'forks',
    execArgv: ['--expose-gc'],
    // More than any wait inside of a test: what fails by its own bound says what it waited for.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // `tickhttp` in a test is the built package, as a user gets it (piscina loads workers by path, unbundled).
    server: { deps: { external: [/\/dist\//] } },
  },
});
