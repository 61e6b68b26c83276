import { existsSync, statfsSync } from 'node:fs';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { integration } from './test/integration.ts';

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

/** Temporary files of the short tests lie in memory where there is plenty: a sixth of their time was that of a disk. */
const inMemory = '/dev/shm';
const hasRoom = (): boolean => {
  const { bavail, bsize } = existsSync(inMemory) ? statfsSync(inMemory) : { bavail: 0, bsize: 0 };
  return bavail * bsize > 4_000_000_000;
};
const env = hasRoom() ? { TMPDIR: inMemory } : {};

/** One after the other, with what all have in common. */
const project = (
  name: string,
  of: {
    readonly include: string[];
    readonly exclude: string[];
    readonly maxWorkers: number;
    readonly env?: Partial<NodeJS.ProcessEnv>;
  },
  groupOrder: number,
): TestProjectInlineConfiguration => ({ extends: true, test: { name, ...of, sequence: { groupOrder } } });

export default defineConfig({
  test: {
    exclude: elsewhere,
    // What works all the time takes a quarter less on as many processes as there are cores than on one more. What starts processes
    // waits for them, and is in nobody's way when it runs by itself.
    projects: [
      project(
        'short',
        { include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...integration], maxWorkers: 2, env },
        0,
      ),
      project('integration', { include: [...integration], exclude: elsewhere, maxWorkers: 3 }, 1),
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
