import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/browser/**',
      'test/walls/**',
      'test/tools/**',
      'test/fixtures/**',
      'test/matrix/**',
      'test/sim/interleaved-rules.test.ts',
      'test/sim/interleaved-merge.test.ts',
      'test/flow/lost-webhooks.test.ts',
    ],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    // One process per file: what a file leaves behind can then be told from what others do.
    pool: 'forks',
    // Two cores: more workers only make real terraform and git wait for each other.
    maxWorkers: 2,
    // What hangs ends; a busy machine is three times as slow as an idle one, and the longest test takes half a minute there.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A machine's own Git settings and terraform settings must not decide what a test sees.
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  },
});
