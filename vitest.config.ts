import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/tools/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make real terraform and git wait for each other.
    maxWorkers: 2,
    setupFiles: [],
  },
});
