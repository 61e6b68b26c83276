import { defineConfig } from 'vitest/config';

/** Of other commands, each with a configuration or a tool of its own. */
const elsewhere = [
  'test/browser/**',
  'test/walls/**',
  'test/helm/**',
  'test/tools/**',
  'test/fixtures/**',
  'test/matrix/**',
  'test/sim/interleaved-rules.test.ts',
  'test/sim/interleaved-merge.test.ts',
  'test/flow/lost-webhooks.test.ts',
];

/** Rooms whose files leave nothing in memory that the next one could meet: half of their time would be that of starting processes. */
const pure = ['config', 'domain', 'observe', 'render'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      {
        extends: true,
        test: { name: 'world', include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...pure] },
      },
    ],
    tags: [
      {
        name: 'long',
        description:
          'A story on real terraform that goes further into what another one shows: `npm run test:long`.',
      },
    ],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    // One process per file, but for the pure ones: what a file leaves behind can then be told from what others do.
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
