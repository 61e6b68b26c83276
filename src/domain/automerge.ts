import type { Batch } from './batch.ts';
import { isOfPart } from './ending.ts';
import type { Sha } from './ids.ts';
import { type MergeMethod, type MergeWay, methodFor } from './merging.ts';
import type { Project } from './project.ts';
import type { Pull } from './pull.ts';
import type { Run } from './run.ts';

/** Everything that decides whether a pull request is merged by itself, read afresh. */
export interface AutomergeFacts {
  readonly pull: Pick<Pull, 'state' | 'draft' | 'head'>;
  /** The newest batch of plans. */
  readonly batch: Batch | null;
  /** The newest run of each project and verb. */
  readonly runs: readonly Run[];
  /** Runs that are queued, under way or of unknown outcome, whatever they belong to. */
  readonly unfinished: number;
  /** Projects that the pull request waits in line for. */
  readonly waits: number;
  /** Is what the rules of a project ask before its apply there? Only of those that are applied after the merge. */
  readonly isMet: (project: Project) => boolean;
}

export type Readiness =
  /** Not every project that it affects asks for it. */
  | { readonly kind: 'off' }
  | { readonly kind: 'not-yet'; readonly because: string }
  | {
      readonly kind: 'ready';
      /** The methods that projects ask for, in their order. */
      readonly methods: readonly MergeMethod[];
      /** A project is applied after the merge. */
      readonly follows: boolean;
    };

/** Of every project that is affected: one that asks for nothing keeps the merge with people. */
export const isAsked = (batch: Batch | null): batch is Batch =>
  batch !== null &&
  batch.affected.length > 0 &&
  batch.affected.every(({ settings }) => settings.automerge !== null);

/** Applied after the merge, which is somebody's word for it else: where nobody presses a button, somebody has to have approved. */
const isAgreed = ({ settings }: Project): boolean =>
  settings.apply.kind === 'merge' &&
  (settings.requirements.apply ?? []).some(({ kind, when }) => kind === 'approved' && when === null);

/** How a project stands at exactly this head; null: something is left to do. */
const standing = (
  { runs, isMet }: AutomergeFacts,
  project: Project,
  head: Sha,
): 'applied' | 'unchanged' | 'follows' | null => {
  const newest = (verb: Run['verb']) =>
    runs.find((run) => run.verb === verb && run.project.key === project.key);
  const [plan, apply] = [newest('plan'), newest('apply')];
  // A plan of a part of the project says nothing of the rest.
  if (plan === undefined || plan.state !== 'planned' || plan.headSha !== head || isOfPart(plan)) return null;
  const isApplied = apply?.state === 'applied' && apply.headSha === head;
  if (plan.plan?.summary.hasChanges === false) return isApplied ? 'applied' : 'unchanged';
  if (isApplied && apply.planRunId === plan.id) return 'applied';
  return !plan.spent && isAgreed(project) && isMet(project) ? 'follows' : null;
};

/** What has not been looked at, or cannot be. */
const obstacle = ({ pull, batch, unfinished, waits }: AutomergeFacts): string | null => {
  if (pull.state !== 'open') return 'it is closed';
  if (pull.draft) return 'it is a draft';
  if (batch === null || batch.headSha !== pull.head.sha) return 'its newest commit is not planned';
  if (batch.problem !== null) return 'nothing of it was planned';
  if (batch.held.length > 0) return 'a project is held';
  if (batch.skipped.some(({ removed }) => removed)) return 'it takes a project away';
  if (waits > 0) return 'a project waits in line';
  return unfinished > 0 ? 'a run is not over' : null;
};

/**
 * May it be merged by itself? Only when nothing of it is left to do at exactly the commit that would be merged, and when somebody
 * had it applied, or has agreed to its apply after the merge: a pull request that plans nothing is for people to merge.
 */
export const readiness = (facts: AutomergeFacts): Readiness => {
  const { batch, pull } = facts;
  if (!isAsked(batch)) return { kind: 'off' };
  const because = obstacle(facts);
  if (because !== null) return { kind: 'not-yet', because };
  const all = batch.affected.map((project) => ({
    project,
    stands: standing(facts, project, pull.head.sha),
  }));
  const open = all.find(({ stands }) => stands === null);
  if (open !== undefined) return { kind: 'not-yet', because: `${open.project.name} is not applied` };
  if (all.every(({ stands }) => stands === 'unchanged'))
    return { kind: 'not-yet', because: 'nothing of it was applied' };
  return {
    kind: 'ready',
    follows: all.some(({ stands }) => stands === 'follows'),
    methods: batch.affected.flatMap(({ settings }) => settings.automerge?.method ?? []),
  };
};

/** By which of the methods that projects ask for, else by the first that is let through; null: by none. */
export const methodOf = (
  wished: readonly MergeMethod[],
  { methods }: Pick<MergeWay, 'methods'>,
): MergeMethod | null => methodFor(wished.find((method) => methods.includes(method)) ?? null, methods);
