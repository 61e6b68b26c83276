import { z } from 'zod';
import { type Sha, sha } from '../domain/ids.ts';
import type { StoreTables } from '../store/port.ts';

const basesSchema = z.record(z.string(), z.string()).catch({});

const basesName = (repositoryId: number): string => `bases:${repositoryId}`;

/** Up to which commit the base branches of a repository were looked at, by name. */
export const knownBases = async (
  { cursors }: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
): Promise<ReadonlyMap<string, Sha>> => {
  const bases = basesSchema.parse(await cursors.get(basesName(repositoryId)));
  return new Map(Object.entries(bases).map(([branch, commit]) => [branch, sha(commit)]));
};

export const noteBase = async (
  tables: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
  branch: string,
  commit: Sha,
): Promise<void> => {
  const known = await knownBases(tables, repositoryId);
  await tables.cursors.set(basesName(repositoryId), Object.fromEntries([...known, [branch, commit]]));
};
