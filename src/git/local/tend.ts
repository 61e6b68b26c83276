import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../observe/log.ts';
import type { RunGit } from './command.ts';
import type { Mirrors } from './mirror.ts';
import { promised } from './talk.ts';

/** Each fetch leaves a pack; with many of them git looks for each object in each. */
const packsUpTo = 40;
/** Of 256 folders of loose objects one is looked into, as git does to guess how many there are. */
const looseUpTo = 8;
const limitMs = 600_000;

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

const needsTending = async (repository: string): Promise<boolean> => {
  const packs = (await namesIn(join(repository, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  return packs.length > packsUpTo || (await namesIn(join(repository, 'objects/17'))).length > looseUpTo;
};

/**
 * Puts all packs and loose objects of a mirror into one pack, and drops none: trees of merges hang on no ref, and a run may be applied
 * months after. Readers may be at work, who find what moves; whoever fetches waits its turn, so that no pack of theirs is half there.
 */
export const tendMirror = async (
  run: RunGit,
  mirrors: Mirrors,
  log: Log,
  repositoryId: number,
  signal: AbortSignal,
): Promise<void> => {
  const repository = mirrors.path(repositoryId);
  if (signal.aborted || !(await needsTending(repository))) return;
  try {
    await run(['repack', '-a', '-d', '-k', '--quiet', '--threads=1', '--window-memory=256m'], {
      repository,
      settings: (await mirrors.isBlobless(repositoryId)) ? promised : [],
      timeout: limitMs,
      signal,
    });
  } catch (error) {
    if (!signal.aborted) log.warn('a mirror was not tidied up', { repositoryId, error: String(error) });
  } finally {
    const packs = join(repository, 'objects/pack');
    for (const name of await namesIn(packs))
      if (/^\.?tmp[-_]/.test(name)) await rm(join(packs, name), { force: true });
  }
};
