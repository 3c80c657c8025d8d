import { defineConfig } from 'vitest/config';

/** `npm run fuzz`: one test that takes as long as it is told. */
export default defineConfig({
  test: {
    include: ['test/worker/http1/fuzz/long.ts'],
    pool: 'forks',
    testTimeout: 0,
    disableConsoleIntercept: true,
  },
});
