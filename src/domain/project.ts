import type { DriftSettings } from './drift/settings.ts';
import type { ProjectKey } from './ids.ts';
import type { Automerge } from './merging.ts';
import { type RepoPath, resolveFrom } from './repo-path.ts';
import type { Action, People, Requirements } from './rules/requirement.ts';
import type { NamedPath, RunnerSettings } from './settings/declared.ts';
import type { SuspendedInGit } from './suspension.ts';
import type { Workflow } from './workflow.ts';

/** When a project is applied: on `/apply`, after the merge, or as soon as a plan for which the condition holds may be (null: any plan). */
export type ApplyMode =
  | { readonly kind: 'command' | 'merge' }
  | { readonly kind: 'auto'; readonly when: string | null };

/**
 * What the server and the base branch decided about a project: nothing in here can come from the
 * head of a pull request (promise 9).
 */
export interface ProjectSettings {
  /** Folder name under `runners/`. */
  readonly runner: string;
  /** Version of the tool, or a constraint; null: what the code asks for, else what the operator says, else what is there. */
  readonly version: string | null;
  /** Relative to the project's dir, inside the repository. */
  readonly varFiles: readonly string[];
  readonly backendFiles: readonly string[];
  /** Set for the tool in plan and apply, on top of the operator's allow-lists. Never secret: it is in Git. */
  readonly env: Readonly<Record<string, string>>;
  /** Steps that the operator puts between the runner's own, as they are now and not just by their name; null for none. */
  readonly workflow: Workflow | null;
  readonly apply: ApplyMode;
  /** A label such as `production`; rules may be for it. */
  readonly environment: string | null;
  /** Words by which commands choose it, sorted. */
  readonly labels: readonly string[];
  /** Its pull request is merged by itself after the last apply; null: people merge it. */
  readonly automerge: Automerge | null;
  readonly requirements: Requirements;
  /** Who may do what: whoever does it has to be in each list of its verb. A verb that is missing asks for write permission alone. */
  readonly who: Readonly<Partial<Record<Action, readonly People[]>>>;
  /** What an approval is given to: the plan that was shown before it, or just the commit. `plan` is the narrower. */
  readonly bindApprovals: 'plan' | 'commit';
  /** Until when nothing is applied to it, by files; words of comments are kept elsewhere. Absent: no file says so. */
  readonly suspended?: readonly SuspendedInGit[];
  /**
   * Names of the operator's policies that are for it. Null: not known, as in rows of before, and then every policy of
   * the repository is. No key of any file, and no part of what a plan is made from.
   */
  readonly policies: readonly string[] | null;
  /**
   * Lists of globs, by the operator's rules for each place that it counts for. Outside of its own dir a file is laid out only where each of
   * them has one for it. None: the whole tree is.
   */
  readonly reads: readonly (readonly string[])[];
  /**
   * What its runner is told, checked against what that declares. What only says what is planned, such as a version, may be the head's
   * own: `from` of the declaration.
   */
  readonly with: RunnerSettings;
  /** What of it lies in the repository. */
  readonly withPaths: readonly NamedPath[];
  /** Outputs of other projects that it is given. What only the head says of them is brought, and waits for somebody's trust. */
  readonly feeds: readonly Feed[];
  /** Absent: nobody says anything of it, and nothing is done. No part of what a plan is made from. */
  readonly drift?: DriftSettings;
  /** False: it is not planned once more behind its apply. No part of what a plan is made from. */
  readonly converge?: boolean;
}

/** An output of another project that one is given, under a name of its own. */
export interface Feed {
  readonly name: string;
  /** Name of the other project. */
  readonly project: string;
  readonly output: string;
  /** Null: there is no such project here. */
  readonly from: FeedSource | null;
}

/** Where an output is read, with what its tool needs to know for that. */
export interface FeedSource extends Pick<Project, 'key' | 'dir' | 'workspace'> {
  readonly settings: Pick<ProjectSettings, 'runner' | 'version' | 'backendFiles' | 'env' | 'reads'>;
}

/** Another project that has to be applied first. */
export interface Dependency {
  /** Name of that project. */
  readonly name: string;
  /** Which outputs of it are used. Null: nobody said, so it may be any. None: only the applies have an order. */
  readonly outputs: readonly string[] | null;
}

/** Directory x tool workspace x runner, named. */
export interface Project {
  readonly key: ProjectKey;
  readonly name: string;
  readonly dir: RepoPath;
  readonly workspace: string;
  /** Globs relative to the project's dir; `../` reaches the rest of the repository. */
  readonly whenModified: readonly string[];
  readonly dependsOn: readonly Dependency[];
  readonly settings: ProjectSettings;
  /**
   * The pull request takes it away: only its end is planned, and that is all of it. A digest of where every project of both branches
   * keeps its state, from which that was found.
   */
  readonly ends?: string;
}

/**
 * What a lock is held on: the place, so that a project that is renamed, or found in one pull request
 * and named in the next, is the same one. `name` only where several projects share dir and workspace;
 * null where one is alone there. No dir and no workspace holds a colon, and no name is `*`, so keys
 * cannot collide.
 */
export const projectKey = (
  repositoryId: number,
  dir: RepoPath,
  workspace: string,
  name: string | null,
): ProjectKey => `${repositoryId}:${dir.replaceAll(':', '%3A')}:${workspace}:${name ?? '*'}` as ProjectKey;

/** Names of what the runner of a project is told in one way and, of the same project elsewhere, in another. */
export const toldOtherwise = (
  { settings: { with: now } }: Pick<Project, 'settings'>,
  { settings: { with: then } }: Pick<Project, 'settings'>,
): readonly string[] =>
  [...new Set([...Object.keys(now), ...Object.keys(then)])]
    .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(then[name]))
    .sort();

/** `when_modified` of who says nothing: a template, a script or a policy in the dir changes a plan as well as code does. */
export const everyFile: readonly string[] = ['**'];

/** Repository paths of the files that settings name, wherever in the repository they are. */
export const settingsFiles = ({ dir, settings }: Project): ReadonlySet<string> =>
  new Set(
    [
      ...settings.varFiles,
      ...settings.backendFiles,
      ...settings.withPaths.flatMap(({ kind, text }) => (kind === 'file' ? [text] : [])),
    ]
      .map((file) => resolveFrom(dir, file))
      .filter((path) => path !== null),
  );

/** Repository paths of the folders that settings name. */
export const settingsFolders = ({ dir, settings }: Project): readonly RepoPath[] =>
  settings.withPaths.flatMap(({ kind, text }) => (kind === 'folder' ? (resolveFrom(dir, text) ?? []) : []));
