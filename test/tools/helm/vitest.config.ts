import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest wants it
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    include: ['test/helm/**/*.test.ts'],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    tags: [{ name: 'long', description: 'Takes minutes: not when HELM_TESTS=short.' }],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  },
});
