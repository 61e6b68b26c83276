import { notAppliedBefore } from './depends-on.ts';
import type { Problem } from './problem.ts';
import { newestRun, type Progress, usesOutputs } from './progress.ts';
import type { Project } from './project.ts';
import { quoted, quotedList } from './quote.ts';

/*
 * A stage: what uses outputs of other projects is planned after those were applied, because a plan of before would be made of what
 * the outputs were then. Nothing of it is kept: where each project stands is told by its runs.
 */

/** Is there a project here whose outputs it uses, or one that may be planned because of others? */
export const usesAny = (
  { affected, followers = [] }: Pick<Progress, 'affected' | 'followers'>,
  { dependsOn }: Project,
): boolean =>
  dependsOn.some(
    (need) => usesOutputs(need) && [...affected, ...followers].some(({ name }) => name === need.name),
  );

/** Does it use what it waits for only through projects in between, which may be planned because of that? */
export const waitsThrough = ({ dependsOn }: Project, before: readonly Project[]): boolean =>
  before.some(({ name }) => !dependsOn.some((need) => need.name === name && usesOutputs(need)));

/** The projects whose outputs it uses and that are not applied yet: before that it is not planned. */
export const plannedAfter = (progress: Progress, project: Project): readonly Project[] =>
  notAppliedBefore(progress, project, usesOutputs);

/** Has nothing been planned of it at this commit that stands, or that is on its way? */
export const lacksPlan = (progress: Progress, project: Project): boolean => {
  const plan = newestRun(progress, project, 'plan');
  return (
    plan === null || plan.headSha !== progress.head || !['queued', 'running', 'planned'].includes(plan.state)
  );
};

/** What went wrong with a project, so that nothing that depends on it can go on; null: nothing did. */
const troubleOf = (progress: Progress, project: Project): string | null => {
  const [plan, apply] = [newestRun(progress, project, 'plan'), newestRun(progress, project, 'apply')];
  if (apply?.state === 'unresolved') return 'nobody knows how the apply ended';
  if (plan === null || plan.headSha !== progress.head) return null;
  if (apply?.state === 'failed' && apply.startedAt !== null && apply.planRunId === plan.id)
    return 'the apply failed';
  return plan.state === 'failed' ? 'the plan failed' : null;
};

/** What stops a project: of those that have to be applied before it, and of those that these wait for. */
export interface Stop {
  readonly project: Project;
  /** A sentence without its end, such as "the apply failed". */
  readonly because: string;
}

/** All that stops it, each once. Empty: it only waits, if that. */
export const stoppedBy = (progress: Progress, project: Project): readonly Stop[] => {
  const met = new Set<Project>();
  const open = [project];
  for (const one of open)
    for (const other of notAppliedBefore(progress, one)) {
      if (met.has(other)) continue;
      met.add(other);
      open.push(other);
    }
  return [...met].flatMap((one) => {
    const because = troubleOf(progress, one);
    return because === null ? [] : [{ project: one, because }];
  });
};

/** Why it is not planned yet; null: it may be. */
export const notPlannedYet = (progress: Progress, project: Project): Problem | null => {
  const before = plannedAfter(progress, project);
  if (before.length === 0) return null;
  const others = quotedList(before.map(({ name }) => name));
  const [stop] = stoppedBy(progress, project);
  if (stop === undefined && waitsThrough(project, before))
    return {
      code: 'depends-on',
      sentence: `${quoted(project.name)} uses outputs that may change because of ${others}, through projects between them.`,
      advice: `It is planned by itself when that is known, and what it uses is applied.`,
    };
  if (stop === undefined)
    return {
      code: 'depends-on',
      sentence: `${quoted(project.name)} uses outputs of ${others}, and a plan of now would be made of what they were before.`,
      advice: `It is planned by itself when ${others} ${before.length === 1 ? 'is' : 'are'} applied.`,
    };
  const { name } = stop.project;
  return {
    code: 'depends-on',
    sentence: `${quoted(project.name)} is stopped by ${quoted(name)}: ${stop.because}.`,
    advice: `It is planned by itself when ${others} ${before.length === 1 ? 'is' : 'are'} applied. Look at ${quoted(name)} first.`,
  };
};
