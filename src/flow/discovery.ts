import type { NotTaken, Skipped } from '../domain/batch.ts';
import type { Why } from '../domain/causes.ts';
import type { Sha, TreeId } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { RemoteModule } from '../domain/remote-modules.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { Forge } from '../forge/port.ts';
import type { TreeEntry } from '../git/port.ts';
import type { Endings } from './endings.ts';
import type { FlowPorts } from './ports.ts';
import type { Unread } from './unread.ts';

/** What a pull request affects at this moment: head as it is, merged into the base branch as it is. */
export interface Discovery {
  readonly headSha: Sha;
  readonly baseSha: Sha;
  /** Null where the two do not merge. */
  readonly tree: TreeId | null;
  readonly affected: readonly Project[];
  /** Every project there is in the merged tree, for those who name one by hand. */
  readonly projects: readonly Project[];
  readonly skipped: readonly Skipped[];
  readonly notTaken: readonly NotTaken[];
  /** Rules that the head adds, changes or takes away. */
  readonly rulesAfterMerge: number;
  /** Why nothing may be run, if so. */
  readonly problem: Problem | null;
  /** What of this project's code the operator's rule does not let pass, if anything. */
  readonly held: (project: Project) => Held | null;
  /**
   * Files of this pull request that concern the project; where its modules are not sure, all of them. Of a project that another one
   * has left over, all that are there and concern it: whatever it changes, it is about all of them.
   */
  readonly changedFor: (project: Project) => readonly string[];
  /** What makes the project affected. */
  readonly why: (project: Project) => Why;
  /** The same of what the base branch changed since the head left it; null: not known. */
  readonly behindFor: (project: Project) => Promise<readonly string[] | null>;
  /** Calls of modules in other repositories that the pull request adds or changes. */
  readonly brought: () => readonly RemoteModule[];
  /** Files of other tools that it changes, and nothing reads. */
  readonly unread: () => Unread;
  /** Does the pull request change this folder, or what it calls inside of the repository? Where that is not sure, yes. */
  readonly touches: (folder: RepoPath) => boolean;
  /** The base branch's own tree. */
  readonly baseEntries: readonly TreeEntry[];
  /** Projects that the base branch has and the head takes away, and whose end is planned, or may be. They are among `projects`. */
  readonly endings: Endings;
  /** Why this project's folder or runner cannot be used, or what it needs is not there, if so. */
  readonly badPlace: (project: Project) => Problem | null;
}

/** What it takes to look. */
export type DiscoveryPorts = Pick<
  FlowPorts,
  'git' | 'store' | 'operator' | 'configuration' | 'repositoryFiles' | 'generator' | 'snapshots' | 'runners'
> & { readonly forge: Pick<Forge, 'remote'> };

/** What was fetched, and the merge of it where there is one. */
export interface Found {
  readonly headSha: Sha;
  readonly baseSha: Sha;
  readonly tree?: TreeId;
}

/** Nothing of it is affected. */
export const stopped = (found: Found, problem: Problem | null): Discovery => ({
  headSha: found.headSha,
  baseSha: found.baseSha,
  tree: found.tree ?? null,
  affected: [],
  projects: [],
  skipped: [],
  notTaken: [],
  rulesAfterMerge: 0,
  changedFor: () => [],
  why: () => ({ isNew: false, told: [], files: [], remote: [] }),
  behindFor: async () => null,
  brought: () => [],
  unread: () => ({ tools: [], isAlone: false }),
  touches: () => false,
  baseEntries: [],
  endings: new Map(),
  badPlace: () => null,
  held: () => null,
  problem,
});
