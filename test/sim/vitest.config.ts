import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The interleaver and the lost webhooks: thousands of cells, which is a minute that nobody waits for at every change.
// biome-ignore lint/style/noDefaultExport: vitest wants it
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: [
      'test/sim/interleaved-rules.test.ts',
      'test/sim/interleaved-merge.test.ts',
      'test/flow/lost-webhooks.test.ts',
    ],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  },
});
