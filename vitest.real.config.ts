import { defineConfig } from 'vitest/config';
import shared from './vitest.config.ts';

/** The tests that need more than Node: `npm run test:real`. */
export default defineConfig({
  test: { ...shared.test, include: ['test/real/**/*.test.ts'], exclude: [] },
});
