import { defineConfig } from 'vitest/config';
import shared from './vitest.config.ts';

/** The tests that need more than Node: `npm run test:real`. */
export default defineConfig({
  test: {
    ...shared.test,
    include: ['test/real/**/*.test.ts'],
    exclude: [],
    // The limits of test/real/support/program.ts, for several programs one after the other.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
