import { isLocal, resolveSource } from '../modules.ts';
import type { RepoPath } from '../repo-path.ts';
import { declared, type FolderFile, type Layers, partOf } from './folder.ts';

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

export const follow = ({ root, folders }: Configuration, names: readonly string[]): Chain => {
  const way: RepoPath[] = [];
  const calls: Layers[] = [];
  const ended = (end: Chain['end'], next: RepoPath | null = null): Chain => ({
    folders: way,
    calls,
    end,
    next,
  });
  let here: RepoPath = root;
  for (const name of [...names.slice(0, deepest), null]) {
    const files = folders.get(here);
    if (files === undefined) return ended('unread', here);
    way.push(here);
    if (name === null) break;
    const call = declared(files, 'module', [name]);
    if (call === null) return ended('unknown');
    if (call === 'none') return ended('gone');
    calls.push(call);
    const source = plainText.exec(partOf(call, ['source'])?.argument?.text ?? '')?.[1];
    if (source === undefined) return ended('unknown');
    if (!isLocal(source)) return ended('elsewhere');
    const target = resolveSource(here, source);
    if (target === null) return ended('unknown');
    here = target;
  }
  return ended(names.length > deepest ? 'unknown' : 'there');
};

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
