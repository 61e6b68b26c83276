import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Sha, sha } from '../../domain/ids.ts';
import type { TagSource } from '../../domain/tags/tagged.ts';
import type { StoreTables } from '../../store/port.ts';
import { isMeant } from './choose.ts';

/** What the tags of a repository were held against last. */
export interface LookedTags {
  /** The default branch, without `refs/heads/`, and where it was. */
  readonly branch: string;
  readonly tip: Sha;
  /** Of the tags that anybody follows. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly at: number;
}

const lookedSchema = z
  .object({ branch: z.string(), tip: z.string().transform(sha), digest: z.string(), at: z.number() })
  .nullable()
  .catch(null);

const nameOf = (repositoryId: number): string => `tags:${repositoryId}`;

/** Null: nobody looked yet. */
export const lookedTags = async (
  { cursors }: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
): Promise<LookedTags | null> => lookedSchema.parse(await cursors.get(nameOf(repositoryId)));

export const noteLookedTags = (
  { cursors }: Pick<StoreTables, 'cursors'>,
  repositoryId: number,
  looked: LookedTags,
): Promise<void> => cursors.set(nameOf(repositoryId), looked);

/** Where those tags lead that one of the sources means: another digest is something to look at. */
export const digestOfTags = (tags: ReadonlyMap<string, Sha>, sources: readonly TagSource[]): string => {
  const globs = sources.map(isMeant);
  const meant = [...tags].filter(([name]) => globs.some((isOf) => isOf(name)));
  const text = JSON.stringify(meant.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
};
