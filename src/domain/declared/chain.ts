import { isLocal, resolveSource } from '../modules.ts';
import type { RepoPath } from '../repo-path.ts';
import { declared, type FolderFile, type Layers, type Lookup, partOf } from './folder.ts';

/** Configuration of one project, in one tree. */
export interface Configuration {
  readonly root: RepoPath;
  /** By folder as sources of modules name them, links not followed. */
  readonly folders: ReadonlyMap<RepoPath, readonly FolderFile[]>;
  /** Files that give the root's variables, what counts most last; null where something else may give any of them. */
  readonly variables: readonly FolderFile[] | null;
  /** May the environment give this variable of the root, where no file does? */
  readonly mayBeSet: (name: string) => boolean;
}

/** From the root to a module, call by call. */
export interface Chain {
  /** One folder more than calls, where it leads to the end. */
  readonly folders: readonly RepoPath[];
  readonly calls: readonly Layers[];
  /**
   * `there`: all the way. `elsewhere`: the last of `calls` leads out of the repository. `gone`: the next call is not there.
   * `unread`: `next` was not read yet. `unknown`: nobody can tell.
   */
  readonly end: 'there' | 'elsewhere' | 'gone' | 'unread' | 'unknown';
  readonly next: RepoPath | null;
}

const plainText = /^"([^"\\$%]*)"$/;

/** More calls than anybody nests. */
const deepest = 30;

const ended = (chain: Chain, end: Chain['end'], next: RepoPath | null = null): Chain => ({
  ...chain,
  end,
  next,
});

/** It goes on in that folder. */
const into = ({ folders }: Configuration, chain: Chain, here: RepoPath): Chain =>
  folders.has(here)
    ? { ...chain, folders: [...chain.folders, here], end: 'there', next: null }
    : ended(chain, 'unread', here);

export const rootChain = (configuration: Configuration): Chain =>
  into(configuration, { folders: [], calls: [], end: 'there', next: null }, configuration.root);

/**
 * One call further than a chain that leads to its end.
 *
 * @param blocks what its last folder has
 */
export const calledFrom = (
  configuration: Configuration,
  chain: Chain,
  name: string,
  blocks: Pick<Lookup, 'declared'>,
): Chain => {
  const here = chain.folders.at(-1);
  if (here === undefined || chain.calls.length === deepest) return ended(chain, 'unknown');
  const call = blocks.declared('module', [name]);
  if (call === null) return ended(chain, 'unknown');
  if (call === 'none') return ended(chain, 'gone');
  const called = { ...chain, calls: [...chain.calls, call] };
  const source = plainText.exec(partOf(call, ['source'])?.argument?.text ?? '')?.[1];
  if (source === undefined) return ended(called, 'unknown');
  if (!isLocal(source)) return ended(called, 'elsewhere');
  const target = resolveSource(here, source);
  return target === null ? ended(called, 'unknown') : into(configuration, called, target);
};

export const follow = (configuration: Configuration, names: readonly string[]): Chain =>
  names.reduce((chain, name) => {
    if (chain.end !== 'there') return chain;
    const files = configuration.folders.get(chain.folders.at(-1) ?? configuration.root) ?? [];
    return calledFrom(configuration, chain, name, {
      declared: (type, labels) => declared(files, type, labels),
    });
  }, rootChain(configuration));

/** Folders that have to be read before all of these modules can be followed any further. */
export const unread = (
  configuration: Configuration,
  modules: Iterable<readonly string[]>,
): ReadonlySet<RepoPath> =>
  new Set(
    [...modules].flatMap((names) => {
      const { next } = follow(configuration, names);
      return next === null ? [] : [next];
    }),
  );
