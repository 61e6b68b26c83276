import type { Due } from './due.ts';
import { isOfPart } from './ending.ts';
import type { Sha } from './ids.ts';
import type { Dependency, Project } from './project.ts';
import type { Run } from './run.ts';

/** What says of the projects of one pull request how far each has come. */
export interface Progress {
  /** The commit that is meant; null: nothing was ever planned. */
  readonly head: Sha | null;
  readonly affected: readonly Project[];
  /** Projects that use outputs of these, directly or through others, and that nothing else affects. */
  readonly followers?: readonly Project[];
  /** The newest run of each project and verb. */
  readonly runs: readonly Run[];
  /** What its merge asked for, ended or not. */
  readonly dues: readonly Due[];
}

export const newestRun = (
  { runs }: Pick<Progress, 'runs'>,
  { key }: Pick<Project, 'key'>,
  verb: Run['verb'],
): Run | null => runs.find((run) => run.verb === verb && run.project.key === key) ?? null;

/** Does it use an output, as far as is known, or is it only applied later? */
export const usesOutputs = ({ outputs }: Dependency): boolean => outputs === null || outputs.length > 0;

/** Is nothing of it left to do? */
export const isDone = (progress: Progress, project: Project): boolean => {
  // What it brought is in the world, by a newer commit.
  if (progress.dues.some((due) => due.project === project.key && due.ended === 'contained')) return true;
  const [plan, apply] = [newestRun(progress, project, 'plan'), newestRun(progress, project, 'apply')];
  // What an older commit brought says nothing of this one; a part of it, or its end, nothing of the rest.
  if (plan === null || plan.headSha !== progress.head || isOfPart(plan)) return false;
  if (plan.state === 'planned' && plan.plan?.summary.hasChanges === false) return true;
  return apply?.state === 'applied' && apply.planRunId === plan.id;
};
