import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/browser/support/both-modes.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
