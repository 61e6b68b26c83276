import { z } from 'zod';
import { branchRefusals } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';

const lookedSchema = z
  .record(
    z.string(),
    z.object({
      /** Null: the branch is not there. */
      commit: z.string().nullable(),
      refused: z.enum(branchRefusals).nullable(),
      /** Unix milliseconds. */
      at: z.number(),
    }),
  )
  .catch({});

export type LookedBranch = z.infer<typeof lookedSchema>[string];

/** Like `mostBases`: as many branches as their tips are known of. */
const mostBranches = 50;

const nameOf = (repositoryId: number): string => `tracked:${repositoryId}`;

/** Which branches of a repository were looked at for what they ask for, by name, and what came of it, the newest last. */
export const lookedBranches = async (
  { cursors }: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
): Promise<ReadonlyMap<string, LookedBranch>> =>
  new Map(Object.entries(lookedSchema.parse((await cursors.get(nameOf(repositoryId))) ?? {})));

export const noteLooked = async (
  tables: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
  branch: string,
  looked: LookedBranch,
): Promise<void> => {
  const others = [...(await lookedBranches(tables, repositoryId))].filter(([name]) => name !== branch);
  const kept = [...others.slice(1 - mostBranches), [branch, looked] as const];
  await tables.cursors.set(nameOf(repositoryId), Object.fromEntries(kept));
};
