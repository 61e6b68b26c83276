import type { RepoPath } from '../repo-path.ts';
import { type Chain, type Configuration, calledFrom, rootChain } from './chain.ts';
import { type Lookup, lookup } from './folder.ts';

/** A module as calls lead to it from the root, which is one as well. */
export interface WalkedModule {
  readonly names: readonly string[];
  readonly chain: Chain;
  /** Of the folder that it is in. */
  readonly blocks: Lookup;
}

/** All modules of a project in its repository. */
export interface Walk {
  /** Those that are there, by their names with dots between. */
  readonly modules: ReadonlyMap<string, WalkedModule>;
  /** Those that calls lead to and that are not: elsewhere, or not to be told. */
  readonly ends: ReadonlyMap<string, Chain['end']>;
  /** Folders that have to be read before it can go any further. */
  readonly unread: ReadonlySet<RepoPath>;
  /** False: there are more than anybody has, as where modules call each other in circles. */
  readonly whole: boolean;
}

const mostModules = 2_000;

export const walk = (configuration: Configuration): Walk => {
  const lookups = new Map<RepoPath, Lookup>();
  const blocksOf = (folder: RepoPath): Lookup => {
    const known = lookups.get(folder) ?? lookup(configuration.folders.get(folder) ?? []);
    lookups.set(folder, known);
    return known;
  };
  const modules = new Map<string, WalkedModule>();
  const ends = new Map<string, Chain['end']>();
  const unread = new Set<RepoPath>();
  const ahead = [{ names: [] as readonly string[], chain: rootChain(configuration) }];
  // A list may grow while it is walked.
  for (const { names, chain } of ahead) {
    if (modules.size >= mostModules) return { modules, ends, unread, whole: false };
    const here = chain.folders.at(-1);
    if (chain.next !== null) unread.add(chain.next);
    if (chain.end !== 'there' || here === undefined) {
      ends.set(names.join('.'), chain.end);
      continue;
    }
    const blocks = blocksOf(here);
    modules.set(names.join('.'), { names, chain, blocks });
    for (const [name = ''] of blocks.labelsOf('module'))
      ahead.push({ names: [...names, name], chain: calledFrom(configuration, chain, name, blocks) });
  }
  return { modules, ends, unread, whole: true };
};
