import { isWithin, parseRepoPath, type RepoPath, root } from './repo-path.ts';

/** What one configuration file says about how folders hang together. */
export interface ModuleFacts {
  /** `source` of every module call that is plain text. */
  readonly moduleSources: readonly string[];
  /** The `source` of a module call is an expression, and what that comes to is not known. */
  readonly hasOpenSource: boolean;
  /** Type of the backend, `cloud` for a cloud block, null for none. */
  readonly backend: string | null;
  readonly hasProvider: boolean;
  /** False where an expression may read files outside the folder. */
  readonly selfContained: boolean;
  readonly error: string | null;
}

/** The facts of every configuration file, by the folder the file is in. */
export type FolderFacts = ReadonlyMap<RepoPath, readonly ModuleFacts[]>;

/** Where every link of the tree leads, all links on the way followed, by its path; null: out of the repository, or nobody knows. */
export type Links = ReadonlyMap<string, RepoPath | null>;

export interface ModuleClosure {
  /**
   * Local module folders the folder uses, transitively, sorted; without the folder itself. Where links are on the way, their own
   * paths and what they lead to, files too.
   */
  readonly folders: readonly RepoPath[];
  /** False: other files of the repository may matter too, so the inputs are the whole tree. */
  readonly sure: boolean;
  /** Where `sure` is false: the first reason found, a phrase for people. */
  readonly because: string | null;
  /** It uses a module that nobody can tell before the tool starts: its source is an expression. */
  readonly isOpen: boolean;
}

export interface ModuleGraph {
  /** Which folders are projects by themselves, sorted. */
  readonly roots: readonly RepoPath[];
  /**
   * The local modules of a folder.
   *
   * @param readOf files that are read otherwise in this case, by their folder: what is not null counts in the place of what the graph is
   *   made of
   */
  closure(folder: RepoPath, readOf?: (folder: RepoPath) => readonly ModuleFacts[] | null): ModuleClosure;
}

const sameFile = (one: ModuleFacts, other: ModuleFacts | undefined): boolean =>
  one === other ||
  (other !== undefined &&
    one.backend === other.backend &&
    one.hasProvider === other.hasProvider &&
    one.selfContained === other.selfContained &&
    one.hasOpenSource === other.hasOpenSource &&
    (one.error === null) === (other.error === null) &&
    one.moduleSources.length === other.moduleSources.length &&
    one.moduleSources.every((source, index) => source === other.moduleSources[index]));

/** Do both say the same of how folders hang together? */
export const saysTheSame = (one: FolderFacts, other: FolderFacts): boolean =>
  one.size === other.size &&
  [...one].every(([folder, files]) => {
    const others = other.get(folder);
    return files.length === others?.length && files.every((file, index) => sameFile(file, others[index]));
  });

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

/** What a folder's own files say of others. */
interface Node {
  readonly targets: readonly RepoPath[];
  readonly doubts: readonly string[];
  readonly isOpen: boolean;
}

/** A name, and then up again: what that means hangs on whether the name is a link. */
const climbsBack = /(^|\/)(?!\.\.?(\/|$))[^/]+\/(.*\/)?\.\.(\/|$)/;

const nodeOf = (folder: RepoPath, files: readonly ModuleFacts[], hasLinks: boolean): Node => {
  const targets = new Set<RepoPath>();
  const doubts: string[] = [];
  for (const file of files) {
    if (file.error !== null) doubts.push(`a file in \`${folder}\` does not parse`);
    if (!file.selfContained) doubts.push(`\`${folder}\` may read files outside its folder`);
    for (const source of file.moduleSources) {
      if (!isLocal(source)) {
        if (source.startsWith('/')) doubts.push(`\`${folder}\` uses a module by an absolute path`);
        continue;
      }
      if (hasLinks && climbsBack.test(source)) doubts.push(`\`${folder}\` uses a module by way of another`);
      const target = resolveSource(folder, source);
      if (target === null) doubts.push(`\`${folder}\` uses a module outside the repository`);
      else targets.add(target);
    }
  }
  const isOpen = files.some(({ hasOpenSource }) => hasOpenSource);
  if (isOpen)
    doubts.push(`the source of a module that \`${folder}\` uses is an expression that is not known`);
  return { targets: [...targets], doubts, isOpen };
};

/** The path with its links followed, and the links that were. Null: it leads nowhere that is known. */
export const through = (
  links: Links,
  path: RepoPath,
): { readonly real: RepoPath | null; readonly via: readonly RepoPath[] } => {
  if (links.size === 0) return { real: path, via: [] };
  const names = path.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const link = names.slice(0, length).join('/');
    const target = links.get(link);
    if (target === undefined) continue;
    const via = [link as RepoPath];
    if (target === null) return { real: null, via };
    // What a link leads to has no link on its way any more, but what is behind it may be one.
    const rest = names.slice(length).join('/');
    const further = rest === '' ? { real: target, via: [] } : through(links, joined(target, rest));
    return { real: further.real, via: [...via, ...further.via] };
  }
  return { real: path, via: [] };
};

const joined = (folder: RepoPath, rest: string): RepoPath =>
  (folder === root ? rest : `${folder}/${rest}`) as RepoPath;

/**
 * How the folders of one tree hang together. Sources that start with `./` or `../` are followed, in circles and through links too;
 * others (a registry, a git address) are not part of the repository.
 *
 * @param lent folders as `lentFolders` finds them
 */
export const moduleGraph = (
  facts: FolderFacts,
  links: Links = new Map(),
  lent: ReadonlySet<RepoPath> = new Set(),
): ModuleGraph => {
  const nodes = new Map([...facts].map(([folder, files]) => [folder, nodeOf(folder, files, links.size > 0)]));
  const places = new Map<RepoPath, ReturnType<typeof through>>();
  const placeOf = (path: RepoPath) => {
    const known = places.get(path) ?? through(links, path);
    places.set(path, known);
    return known;
  };
  const linksIn = (folder: RepoPath) => [...links].filter(([path]) => isWithin(path, folder));
  const find = (
    folder: RepoPath,
    readOf: (folder: RepoPath) => readonly ModuleFacts[] | null,
  ): ModuleClosure => {
    const seen = new Set<RepoPath>([folder]);
    const beside = new Set<RepoPath>();
    let because: string | null = null;
    let isOpen = false;
    // A set may grow while it is walked: new members are visited too.
    for (const current of seen) {
      const files = readOf(current);
      const node = files === null ? nodes.get(current) : nodeOf(current, files, links.size > 0);
      isOpen ||= node?.isOpen === true;
      because ??= node?.doubts[0] ?? null;
      for (const path of node?.targets ?? []) {
        const { real, via } = placeOf(path);
        for (const link of via) beside.add(link);
        if (real === null) because ??= `\`${path}\` is behind a link that leads nowhere`;
        else seen.add(real);
      }
    }
    if (links.size > 0) {
      const reached = new Set(seen);
      for (const path of reached)
        for (const [, target] of linksIn(path)) {
          if (target === null) because ??= `a link in \`${path}\` leads nowhere`;
          else reached.add(target);
        }
      for (const path of [...reached, ...beside]) seen.add(path);
    }
    seen.delete(folder);
    return { folders: [...seen].sort(), sure: because === null, because, isOpen };
  };
  const closures = new Map<RepoPath, ModuleClosure>();
  const called = new Set(lent);
  for (const [folder, { targets }] of nodes)
    for (const path of targets) {
      const { real } = placeOf(path);
      if (real !== null && real !== folder) called.add(real);
    }
  return {
    roots: rootFolders(facts, called),
    closure: (folder, readOf) => {
      if (readOf !== undefined) return find(folder, readOf);
      const known = closures.get(folder) ?? find(folder, () => null);
      closures.set(folder, known);
      return known;
    },
  };
};

/** Never projects: what tools keep beside their files. */
const hidden = /(^|\/)(\.[^/]+|node_modules)(\/|$)/;
/** Configurations that show or test something, until somebody gives them a state of their own. */
const forShow = /(^|\/)(examples?|tests?|testdata|fixtures)(\/|$)/;
const forModules = /(^|\/)modules(\/|$)/;

/** Folders all of whose files others have by links: `shared/provider.tf`, which `live/prod/provider.tf` leads to. */
export const lentFolders = (
  filesIn: ReadonlyMap<RepoPath, readonly string[]>,
  links: Links,
): ReadonlySet<RepoPath> => {
  const borrowed = new Set<string>();
  for (const [link, target] of links)
    if (target !== null && !hidden.test(link) && !forShow.test(link)) borrowed.add(target);
  return new Set(
    [...filesIn].filter(([, files]) => files.every((file) => borrowed.has(file))).map(([folder]) => folder),
  );
};

/**
 * Which folders are projects by themselves, sorted. In this order:
 * - below a hidden folder (`.terraform`, `.github`) or `node_modules`: never;
 * - with a backend or cloud block: always, for somebody decided where its state lives;
 * - below `examples`, `test` and the like: never (name them in `tidegate.yaml` to have them planned);
 * - called as a module by another folder: never, even with a provider block, as old modules have;
 * - all of its files are there for others to link to: neither;
 * - with a provider block: yes;
 * - below `modules`: no, a module that nobody calls yet;
 * - else yes.
 */
const rootFolders = (facts: FolderFacts, called: ReadonlySet<RepoPath>): readonly RepoPath[] => {
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
