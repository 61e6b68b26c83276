import type { Due } from './due.ts';
import { isOfPart } from './ending.ts';
import type { ProjectKey, Sha } from './ids.ts';
import type { Project } from './project.ts';
import type { Actor } from './pull.ts';
import { isOver, type Run } from './run.ts';

/** Why something of a merged pull request is left to apply. */
export const leftReasons = [
  /** What was planned after the merge is not what was agreed to. */
  'differs',
  'failed',
  /** Only a part of the project was applied, or less than was planned since. */
  'partial',
  /** The merge asks for its apply, which has not begun. */
  'waits',
  'given-up',
  'never',
] as const;
export type LeftReason = (typeof leftReasons)[number];

export interface LeftProject {
  readonly key: ProjectKey;
  /** Its name at the merge, for people. */
  readonly name: string;
  readonly because: LeftReason;
}

/** A pull request of our own, for what is left to apply of a merged one. */
export interface Followup {
  readonly repositoryId: number;
  /** The merged one. */
  readonly pullNumber: number;
  /** Counted from 1: one that was closed may be followed by another. */
  readonly attempt: number;
  /** What the merged one was merged as. */
  readonly commit: Sha;
  /** What it plans, whatever its commits change. */
  readonly projects: readonly LeftProject[];
  /** Whoever asked for it, and counts as its author. */
  readonly asker: Actor;
  /** All whose change it is about, the asker among them: none of their approvals counts. */
  readonly authors: readonly Actor[];
  /** Are these all? */
  readonly complete: boolean;
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Our commit, which changes no file; null: not made yet. */
  readonly head: Sha | null;
  /** Of the pull request; null: not opened yet. */
  readonly number: number | null;
  /** Unix milliseconds. */
  readonly at: number;
}

export const followupBranch = (pullNumber: number, attempt: number): string =>
  `tidegate/followup-${pullNumber}${attempt === 1 ? '' : `-${attempt}`}`;

/** Everything that decides what is left of a merged pull request. */
export interface LeftFacts {
  readonly head: Sha;
  /** What it affects. */
  readonly affected: readonly Project[];
  readonly dues: readonly Due[];
  /** The newest run of each project and verb. */
  readonly runs: readonly Run[];
  /** Those of unknown outcome, which may not be the newest. */
  readonly unresolved: readonly Run[];
  /** Plans that applies used, where they are not the newest any more. */
  readonly used: readonly Run[];
  /** Projects that it stands in line for. */
  readonly waits: ReadonlySet<ProjectKey>;
  /** Was a newer commit that holds the merged one applied, or begun to be? */
  readonly isContained: (project: ProjectKey) => boolean;
}

export interface Left {
  readonly left: readonly LeftProject[];
  /** Projects of which it cannot be said yet, with a phrase: the project ... */
  readonly notYet: readonly { readonly name: string; readonly why: string }[];
}

/** What of a merged pull request is left to apply, and nobody is at. */
export const leftOf = (facts: LeftFacts): Left => {
  const left: LeftProject[] = [];
  const notYet: { readonly name: string; readonly why: string }[] = [];
  for (const project of facts.affected) {
    const { key, name, ends } = project;
    // The base branch does not have it any more, and a pull request into that could not plan it.
    if (ends !== undefined) continue;
    const because = reasonOf(facts, project);
    if (because === null) continue;
    const why = notOver(facts, key);
    if (why === null) left.push({ key, name, because });
    else notYet.push({ name, why });
  }
  return { left, notYet };
};

/** Two places must not have it in hand at the same time. */
const notOver = ({ runs, unresolved, waits }: LeftFacts, project: ProjectKey): string | null => {
  if (unresolved.some((run) => run.project.key === project))
    return 'has an apply whose outcome is not known: `/recover` first';
  const own = runs.filter((run) => run.project.key === project && !isOver(run.state));
  if (own.length > 0)
    return own.some(({ verb }) => verb !== 'plan') ? 'is being applied' : 'is being planned';
  return waits.has(project) ? 'waits for its turn, and is planned by itself then' : null;
};

const reasonOf = (facts: LeftFacts, { key }: Project): LeftReason | null => {
  const due = facts.dues.find(({ project }) => project === key);
  if (due !== undefined && due.ended !== null && due.ended !== 'given-up') return null;
  if (facts.isContained(key)) return null;
  const newest = (verb: Run['verb']) =>
    facts.runs.find((run) => run.verb === verb && run.project.key === key) ?? null;
  const [plan, apply] = [newest('plan'), newest('apply')];
  if (due?.ended === 'given-up') return 'given-up';
  if (apply !== null && apply.startedAt !== null && apply.state === 'failed' && !isNewer(plan, apply))
    return 'failed';
  if (due !== undefined)
    return plan?.state === 'planned' && plan.plan?.digest !== due.approved ? 'differs' : 'waits';
  return beforeMerge(facts, plan, apply);
};

/** Was it planned anew since that apply, so that the apply says nothing of how it stands? */
const isNewer = (plan: Run | null, apply: Run): boolean =>
  plan !== null &&
  plan.id !== apply.planRunId &&
  plan.createdAt >= apply.createdAt &&
  plan.state === 'planned';

/** A part of the project, or its end (`-target`, `-destroy`)? */
const isPartial = ({ runs, used }: LeftFacts, run: Run): boolean => {
  const planRun = [...runs, ...used].find(({ id }) => id === run.planRunId) ?? run;
  return isOfPart(planRun);
};

/** Of a project that is applied by a command, or by a rule: everything had its time before the merge. */
const beforeMerge = (facts: LeftFacts, plan: Run | null, apply: Run | null): LeftReason | null => {
  const isLater =
    plan?.plan != null &&
    plan.headSha === facts.head &&
    plan.id !== apply?.planRunId &&
    !isPartial(facts, plan);
  const hasChanges = isLater ? plan.plan?.summary.hasChanges : undefined;
  if (hasChanges === false) return null;
  if (apply?.state !== 'applied') return 'never';
  const isAll = apply.headSha === facts.head && !isPartial(facts, apply) && hasChanges !== true;
  return isAll ? null : 'partial';
};
