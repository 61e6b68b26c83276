import { parseRepoPath, type RepoPath, root } from './repo-path.ts';

/** What one configuration file says about how folders hang together. */
export interface ModuleFacts {
  /** `source` of every module call. */
  readonly moduleSources: readonly string[];
  /** Type of the backend, `cloud` for a cloud block, null for none. */
  readonly backend: string | null;
  readonly hasProvider: boolean;
  /** False where an expression may read files outside the folder. */
  readonly selfContained: boolean;
  readonly error: string | null;
}

/** The facts of every configuration file, by the folder the file is in. */
export type FolderFacts = ReadonlyMap<RepoPath, readonly ModuleFacts[]>;

export interface ModuleClosure {
  /** Local module folders the folder uses, transitively, sorted; without the folder itself. */
  readonly folders: readonly RepoPath[];
  /** False: other files of the repository may matter too, so the inputs are the whole tree. */
  readonly sure: boolean;
  /** Where `sure` is false: the first reason found, a phrase for people. */
  readonly because: string | null;
}

/** Is the module in the same repository? */
export const isLocal = (source: string): boolean => /^\.\.?(\/|$)/.test(source);

/** The folder a local source names, or null where it leaves the repository. */
export const resolveSource = (from: RepoPath, source: string): RepoPath | null => {
  const names = from === root ? [] : from.split('/');
  for (const name of source.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return null;
  }
  const parsed = parseRepoPath(names.length === 0 ? '.' : names.join('/'));
  return 'path' in parsed ? parsed.path : null;
};

/**
 * The local modules of a folder. Sources that start with `./` or `../` are followed, in circles too; others (a
 * registry, a git address) are not part of the repository.
 */
export const moduleClosure = (facts: FolderFacts, folder: RepoPath): ModuleClosure => {
  const seen = new Set<RepoPath>([folder]);
  let because: string | null = null;
  const doubt = (reason: string) => {
    because ??= reason;
  };
  // A set may grow while it is walked: new members are visited too.
  for (const current of seen) {
    for (const file of facts.get(current) ?? []) {
      if (file.error !== null) doubt(`a file in \`${current}\` does not parse`);
      if (!file.selfContained) doubt(`\`${current}\` may read files outside its folder`);
      for (const source of file.moduleSources) {
        if (!isLocal(source)) {
          if (source.startsWith('/')) doubt(`\`${current}\` uses a module by an absolute path`);
          continue;
        }
        const target = resolveSource(current, source);
        if (target === null) doubt(`\`${current}\` uses a module outside the repository`);
        else seen.add(target);
      }
    }
  }
  seen.delete(folder);
  return { folders: [...seen].sort(), sure: because === null, because };
};

/** Never projects: what tools keep beside their files. */
const hidden = /(^|\/)(\.[^/]+|node_modules)(\/|$)/;
/** Configurations that show or test something, until somebody gives them a state of their own. */
const forShow = /(^|\/)(examples?|tests?|testdata|fixtures)(\/|$)/;
const forModules = /(^|\/)modules(\/|$)/;

/**
 * Which folders are projects by themselves, sorted. In this order:
 * - below a hidden folder (`.terraform`, `.github`) or `node_modules`: never;
 * - with a backend or cloud block: always, for somebody decided where its state lives;
 * - below `examples`, `test` and the like: never (name them in `tidegate.yaml` to have them planned);
 * - called as a module by another folder: never, even with a provider block, as old modules have;
 * - with a provider block: yes;
 * - below `modules`: no, a module that nobody calls yet;
 * - else yes.
 */
export const rootFolders = (facts: FolderFacts): readonly RepoPath[] => {
  const called = new Set<RepoPath>();
  for (const [folder, files] of facts) {
    for (const source of files.flatMap((file) => file.moduleSources)) {
      const target = isLocal(source) ? resolveSource(folder, source) : null;
      if (target !== null && target !== folder) called.add(target);
    }
  }
  const isRoot = (folder: RepoPath, files: readonly ModuleFacts[]): boolean => {
    if (files.length === 0 || hidden.test(folder)) return false;
    if (files.some((file) => file.backend !== null)) return true;
    if (forShow.test(folder) || called.has(folder)) return false;
    return files.some((file) => file.hasProvider) || !forModules.test(folder);
  };
  return [...facts]
    .filter(([folder, files]) => isRoot(folder, files))
    .map(([folder]) => folder)
    .sort();
};
