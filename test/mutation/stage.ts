import path from 'node:path';
import { createVitest, type TestRunResult, type Vitest } from 'vitest/node';

/** Where the tests are played: one vitest that serves the text with the mutants. */
export interface Stage {
  /** @param mutant the one that is on from the beginning; 0: each in its turn */
  play(mutant: number, known: readonly number[]): Promise<TestRunResult>;
  close(): Promise<void>;
}

export const root = path.resolve(import.meta.dirname, '../..');

/**
 * @param folder the tests, from the root of the project
 * @param texts by their files, from the root of the project
 */
export const createStage = async (folder: string, texts: ReadonlyMap<string, string>): Promise<Stage> => {
  const vitest: Vitest = await createVitest(
    {
      root,
      config: false,
      include: [`${folder}/**/*.test.ts`],
      setupFiles: [path.join(import.meta.dirname, 'play.ts')],
      // A text with mutants must neither be remembered on the disk nor come from there.
      fsModuleCache: false,
      watch: true,
      standalone: true,
      bail: 1,
      pool: 'threads',
      // One test is played for hundreds of mutants.
      hookTimeout: 240_000,
      testTimeout: 60_000,
      reporters: [{}],
    },
    {
      plugins: [
        { name: 'mutants', enforce: 'pre', load: (id) => texts.get(path.relative(root, id)) ?? null },
      ],
    },
  );
  const specifications = await vitest.globTestSpecifications();
  return {
    play(mutant, known) {
      vitest.provide('mutant', mutant);
      vitest.provide('known', known);
      return vitest.runTestSpecifications([...specifications]);
    },
    close: () => vitest.close(),
  };
};
