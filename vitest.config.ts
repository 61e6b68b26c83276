import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

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

const flow = 'test/flow/**/*.test.ts';

/** One after the other, with what all have in common. */
const project = (
  name: string,
  of: { readonly include: string[]; readonly exclude: string[]; readonly maxWorkers: number },
  groupOrder: number,
): TestProjectInlineConfiguration => ({ extends: true, test: { name, ...of, sequence: { groupOrder } } });

export default defineConfig({
  test: {
    exclude: elsewhere,
    // The stories of the flow never wait: as many as there are cores, and no more, take a quarter less than one more would. The others
    // wait, for tools, pages and seconds.
    projects: [
      project('others', { include: ['test/**/*.test.ts'], exclude: [...elsewhere, flow], maxWorkers: 3 }, 0),
      project('flow', { include: [flow], exclude: elsewhere, maxWorkers: 2 }, 1),
    ],
    tags: [
      {
        name: 'long',
        description:
          'Goes further into what another one shows, on real terraform or in many stories of the simulator: `npm run test:long`.',
      },
    ],
    globalSetup: ['test/support/node-version.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    pool: 'forks',
    // One file after another in the same processes: a third of the time would be that of loading modules anew. What a file leaves
    // behind is found at its end (leftovers.ts).
    isolate: false,
    // What hangs ends; a busy machine is three times as slow as an idle one, and the longest test takes half a minute there.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A machine's own Git settings and terraform settings must not decide what a test sees.
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  },
});
