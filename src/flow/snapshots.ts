import { mergeProjects } from '../config/projects.ts';
import type { FoundProject, Projects, ProjectsInput, RepositoryFile } from '../config/types.ts';
import type { TreeId } from '../domain/ids.ts';
import {
  type FolderFacts,
  type Links,
  type ModuleGraph,
  moduleGraph,
  saysTheSame,
} from '../domain/modules.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import { isWhole as isReadWhole } from './early.ts';
import type { Look } from './snapshot.ts';

/**
 * What was read of trees a short while ago. A tree's id says all that is in it, so none of it is ever out of date: every project of a
 * pull request asks for the same two, and asks again before its apply.
 */
export interface Snapshots {
  of(repositoryId: number, tree: TreeId): Look | null;
  /** Returns what it was given. */
  keep(repositoryId: number, tree: TreeId, look: Look): Look;
  /** What that very tree says of its projects, by whom it was read for; undefined: not known. */
  fileOf(look: Look, reader: string): RepositoryFile | null | undefined;
  /** Returns what it was given. */
  keepFile(look: Look, reader: string, file: RepositoryFile | null): RepositoryFile | null;
  /** How the folders hang together: that of the repository's last tree, where nothing that says so differs. */
  graph(
    repositoryId: number,
    folders: FolderFacts,
    links: Links,
    runners: ReadonlyMap<RepoPath, string>,
    lent: ReadonlySet<RepoPath>,
  ): Hanging;
  /** As `mergeProjects`, whose answer is kept for the very same files and folders. */
  projects(input: ProjectsInput): Projects;
}

/** Entries of all trees together; a hundred thousand are about 20 MB. */
const keptEntries = 100_000;
const keptGraphs = 20;
const keptMerges = 20;

/** The graph, and its roots as projects; the same objects for the same graph. */
export interface Hanging {
  readonly graph: ModuleGraph;
  readonly found: readonly FoundProject[];
}

interface KeptGraph extends Hanging {
  readonly folders: FolderFacts;
  readonly runners: ReadonlyMap<RepoPath, string>;
  readonly lent: ReadonlySet<RepoPath>;
  /** Its folders say all of it: there are no links. */
  readonly isPlain: boolean;
}

interface KeptProjects {
  readonly input: ProjectsInput;
  readonly projects: Projects;
}

const hanging = (
  folders: FolderFacts,
  links: Links,
  runners: ReadonlyMap<RepoPath, string>,
  lent: ReadonlySet<RepoPath>,
): Hanging => {
  const graph = moduleGraph(folders, links, lent);
  const found = graph.roots.map((dir) => ({ dir, runner: runners.get(dir) ?? 'terraform' }));
  return { graph, found };
};

const sameEntries = (
  one: ReadonlyMap<RepoPath, string> | ReadonlySet<RepoPath>,
  other: ReadonlyMap<RepoPath, string> | ReadonlySet<RepoPath>,
): boolean => {
  const values = new Map(other.entries());
  return one.size === other.size && [...one.entries()].every(([path, value]) => values.get(path) === value);
};

const isSameInput = (one: ProjectsInput, other: ProjectsInput): boolean =>
  one.repositoryId === other.repositoryId &&
  one.repository === other.repository &&
  one.baseBranch === other.baseBranch &&
  one.operator === other.operator &&
  one.declared === other.declared &&
  one.base === other.base &&
  one.head === other.head &&
  one.found === other.found &&
  one.foundInBase === other.foundInBase;

export const createSnapshots = (): Snapshots => {
  const kept = new Map<string, Look>();
  const files = new WeakMap<Look, Map<string, RepositoryFile | null>>();
  const graphs = new Map<number, KeptGraph>();
  const merged: KeptProjects[] = [];
  let total = 0;
  return {
    of: (repositoryId, tree) => {
      const key = `${repositoryId}:${tree}`;
      const known = kept.get(key);
      if (known === undefined) return null;
      kept.delete(key);
      kept.set(key, known);
      return known;
    },
    keep: (repositoryId, tree, snapshot) => {
      const key = `${repositoryId}:${tree}`;
      // It may be one of this time alone: a parser that was too slow.
      const isWhole =
        [...snapshot.files.values()].every(({ error }) => error === null) &&
        (snapshot.early === null || isReadWhole(snapshot.early));
      if (!isWhole || snapshot.entries.length > keptEntries) return snapshot;
      if (!kept.has(key)) total += snapshot.entries.length;
      kept.set(key, snapshot);
      for (const [oldest, { entries }] of kept) {
        if (total <= keptEntries) break;
        kept.delete(oldest);
        total -= entries.length;
      }
      return snapshot;
    },
    fileOf: (look, reader) => files.get(look)?.get(reader),
    keepFile: (look, reader, file) => {
      const known = files.get(look) ?? new Map<string, RepositoryFile | null>();
      files.set(look, known.set(reader, file));
      return file;
    },
    graph: (repositoryId, folders, links, runners, lent) => {
      const last = graphs.get(repositoryId);
      graphs.delete(repositoryId);
      const isPlain = links.size === 0;
      const isSame =
        last?.isPlain &&
        isPlain &&
        sameEntries(last.runners, runners) &&
        sameEntries(last.lent, lent) &&
        saysTheSame(last.folders, folders);
      const now = isSame
        ? last
        : { folders, runners, lent, isPlain, ...hanging(folders, links, runners, lent) };
      graphs.set(repositoryId, now);
      const [oldest] = graphs.keys();
      if (graphs.size > keptGraphs && oldest !== undefined) graphs.delete(oldest);
      return now;
    },
    projects: (input) => {
      const at = merged.findIndex((one) => isSameInput(one.input, input));
      const [known = { input, projects: mergeProjects(input) }] = at < 0 ? [] : merged.splice(at, 1);
      merged.unshift(known);
      merged.splice(keptMerges);
      return known.projects;
    },
  };
};
