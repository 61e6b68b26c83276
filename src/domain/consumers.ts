import type { Sha } from './ids.ts';
import type { Counts, PlanSummary } from './plan-summary.ts';
import type { Actor, RepoRef } from './pull.ts';
import type { RepoPath } from './repo-path.ts';
import type { JudgedFinding } from './trust/finding.ts';

/** A call of a module that lives in another repository, from a project or one of its local modules. */
export interface ModuleCall {
  /** As tools name an installed module: the names of the calls on the way, with dots between them. */
  readonly key: string;
  /** As it is written. */
  readonly source: string;
  /** File and line of the call. */
  readonly path: string;
  readonly line: number | null;
  /** The local modules on the way, the project's own first. */
  readonly through: readonly LocalCall[];
}

/** A call of a module in the same repository. */
export interface LocalCall {
  readonly key: string;
  /** As it is written. */
  readonly source: string;
  readonly folder: RepoPath;
}

/** What a project takes from other repositories. */
export interface ProjectCalls {
  readonly name: string;
  readonly dir: RepoPath;
  readonly workspace: string;
  readonly calls: readonly ModuleCall[];
}

/** What the tip of a repository's default branch uses. */
export interface UsedModules {
  readonly repo: RepoRef;
  readonly branch: string;
  readonly commit: Sha;
  /** Those that use any. */
  readonly projects: readonly ProjectCalls[];
}

/** What came of a project that uses a module, the one that somebody has to see first. */
export const effects = [
  'destroy',
  'replace',
  'failed',
  'change',
  'held',
  'refused',
  'left',
  'waiting',
  'none',
] as const;
/**
 * `held`: waits for trust; `refused`: may not be planned, by this person or at all; `left`: there was no place for it, or nobody
 * lets it be planned; `waiting`: its turn has not come.
 */
export type Effect = (typeof effects)[number];

/** A project that uses what a pull request changes. */
export interface Consumer {
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** Its name. */
  readonly project: string;
  readonly effect: Effect;
  /** Null where it was not planned. */
  readonly counts: Counts | null;
  /** A phrase: why it has that effect, where numbers do not say it. */
  readonly because: string | null;
  /** Addresses of what would be destroyed or replaced, the first few. */
  readonly dangers: readonly { readonly address: string; readonly action: 'delete' | 'replace' }[];
}

export const lookStates = ['looking', 'done', 'over'] as const;
/** `over`: another one was asked for, or the pull request was closed, before it was known. */
export type LookState = (typeof lookStates)[number];

/** What was found of all of them. */
export interface FoundConsumers {
  /** Commit of the pull request that they are planned with; null before it is known. */
  readonly headSha: Sha | null;
  readonly consumers: readonly Consumer[];
  /** Projects that use the repository and nothing of what the pull request changes. */
  readonly untouched: number;
  /** Repositories that use it, as far as they may be shown. */
  readonly repositories: number;
  /** Repositories that could not be looked at, by name. */
  readonly unread: readonly string[];
  /** What the pull request brings to the module that somebody has to trust, or that is refused. */
  readonly findings: readonly JudgedFinding[];
  /** Why nothing was looked at, if so; a phrase. */
  readonly because: string | null;
}

export const nothingFound: FoundConsumers = {
  headSha: null,
  consumers: [],
  untouched: 0,
  repositories: 0,
  unread: [],
  findings: [],
  because: null,
};

/** Somebody asked what a pull request does to the projects that use its module. */
export interface ConsumersLook {
  readonly repo: RepoRef;
  readonly pullNumber: number;
  /** The comment that asked. */
  readonly commentId: number;
  readonly actor: Actor;
  readonly state: LookState;
  readonly found: FoundConsumers;
  readonly at: number;
}

/** Names are enough; the rest is counted by `counts`. */
const keptDangers = 5;

/** What a plan comes to, in one word. */
export const effectOf = (
  summary: Pick<PlanSummary, 'counts' | 'hasChanges' | 'resources'>,
): Pick<Consumer, 'effect' | 'counts' | 'dangers'> => {
  const { counts, hasChanges, resources } = summary;
  const dangers = resources.flatMap(({ address, action }) =>
    action === 'delete' || action === 'replace' ? [{ address, action }] : [],
  );
  const first = [
    ...dangers.filter(({ action }) => action === 'delete'),
    ...dangers.filter(({ action }) => action === 'replace'),
  ].slice(0, keptDangers);
  const effect =
    counts.delete > 0 ? 'destroy' : counts.replace > 0 ? 'replace' : hasChanges ? 'change' : 'none';
  return { effect, counts, dangers: first };
};

/** Those that somebody has to see first, first; by name where that is the same. */
export const inOrderOfEffect = (consumers: readonly Consumer[]): readonly Consumer[] =>
  consumers.toSorted(
    (one, other) =>
      effects.indexOf(one.effect) - effects.indexOf(other.effect) ||
      one.repository.localeCompare(other.repository, 'en') ||
      one.project.localeCompare(other.project, 'en'),
  );
