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

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: elsewhere,
    tags: [
      {
        name: 'long',
        description:
          'A story on real terraform that goes further into what another one shows: `npm run test:long`.',
      },
    ],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    pool: 'forks',
    // One file after another in the same two processes: a third of the time would be that of loading modules anew. What a file leaves
    // behind is found at its end (leftovers.ts).
    isolate: false,
    // As many as two cores have: a third one starts no test earlier, for each starts processes of its own, and costs a seventh more.
    maxWorkers: 2,
    // What hangs ends; a busy machine is three times as slow as an idle one, and the longest test takes half a minute there.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A machine's own Git settings and terraform settings must not decide what a test sees.
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  },
});
