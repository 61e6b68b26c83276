import { z } from 'zod';
import { type Sha, sha } from '../domain/ids.ts';
import type { StoreTables } from '../store/port.ts';

const basesSchema = z.record(z.string(), z.string()).catch({});

/** A glob of the operator may name branches without end. One that was left longest ago is new to us again. */
const mostBases = 50;

const basesName = (repositoryId: number): string => `bases:${repositoryId}`;

/** Up to which commit the base branches of a repository were looked at, by name, the one that moved last at the end. */
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
  const others = [...(await knownBases(tables, repositoryId))].filter(([name]) => name !== branch);
  const kept = others.slice(1 - mostBases);
  await tables.cursors.set(basesName(repositoryId), Object.fromEntries([...kept, [branch, commit]]));
};
