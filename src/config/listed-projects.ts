import type { Dependency } from '../domain/project.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import { nameFor } from './project-name.ts';
import type { RuleSettings } from './rules.ts';
import type { Discovering, FoundProject, GivenFeed, RepositoryFile } from './types.ts';

/** A project as one tree lists it: in its file, or found there. */
export interface ListedProject {
  readonly name: string;
  readonly dir: RepoPath;
  readonly workspace: string;
  readonly branches: readonly string[] | null;
  readonly whenModified: readonly string[] | null;
  readonly dependsOn: readonly Dependency[];
  readonly feeds: readonly GivenFeed[];
  readonly settings: RuleSettings;
  readonly declared: boolean;
  /** Line (from 1) of its entry in the file. */
  readonly line: number | null;
}

const freeName = (wanted: string, taken: ReadonlySet<string>): string => {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
};

const isFinding = (file: RepositoryFile | null, { mode }: Discovering): boolean => {
  if (mode === null) return file === null || file.discovery.enabled;
  return mode === 'enabled' || (mode === 'auto' && (file?.projects ?? null) === null);
};

/**
 * The projects of one tree, declared ones first. A folder that was found is added where discovery is
 * on, no entry has its dir, and the file does not ignore it; its workspace is `default`. What the operator says goes before the file.
 */
export const listProjects = (
  file: RepositoryFile | null,
  found: readonly FoundProject[],
  discovering: Discovering,
): readonly ListedProject[] => {
  const declared = (file?.projects ?? []).map((project) => ({ ...project, declared: true }));
  if (!isFinding(file, discovering)) return declared;
  const ignores = discovering.ignores ?? ((dir) => file?.discovery.ignores(dir) === true);
  const covered = new Set<string>(declared.map(({ dir }) => dir));
  const dirs = [...new Set(found.map(({ dir }) => dir))]
    .filter((dir) => !covered.has(dir) && !ignores(dir))
    .sort();
  // A folder's own name goes before the one that is made up for the root.
  const own = new Set([...declared.map(({ name }) => name), ...dirs.filter((dir) => dir !== '.')]);
  const taken = new Set(declared.map(({ name }) => name));
  const discovered = dirs.map((dir): ListedProject => {
    const wanted = nameFor(dir, 'default');
    const name = freeName(wanted, dir === '.' ? new Set([...own, ...taken]) : taken);
    taken.add(name);
    return {
      name,
      dir,
      workspace: 'default',
      branches: null,
      whenModified: null,
      dependsOn: [],
      feeds: [],
      settings: {},
      declared: false,
      line: null,
    };
  });
  return [...declared, ...discovered];
};
