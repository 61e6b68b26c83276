import type { Due } from './due.ts';
import { isOfPart } from './ending.ts';
import type { Sha } from './ids.ts';
import type { Problem } from './problem.ts';
import type { Dependency, Project } from './project.ts';
import { quoted } from './quote.ts';
import type { Run } from './run.ts';

/** What says of the projects of one pull request how far each has come. */
export interface Progress {
  /** The commit that is meant; null: nothing was ever planned. */
  readonly head: Sha | null;
  readonly affected: readonly Project[];
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

/** Is nothing of it left to do? */
const isDone = (progress: Progress, project: Project): boolean => {
  // What it brought is in the world, by a newer commit.
  if (progress.dues.some((due) => due.project === project.key && due.ended === 'contained')) return true;
  const [plan, apply] = [newestRun(progress, project, 'plan'), newestRun(progress, project, 'apply')];
  // What an older commit brought says nothing of this one; a part of it, or its end, nothing of the rest.
  if (plan === null || plan.headSha !== progress.head || isOfPart(plan)) return false;
  if (plan.state === 'planned' && plan.plan?.summary.hasChanges === false) return true;
  return apply?.state === 'applied' && apply.planRunId === plan.id;
};

/** The projects that this one depends on and that are not applied yet. One that the pull request does not affect is not waited for. */
export const notAppliedBefore = (
  progress: Progress,
  project: Project,
  counts: (need: Dependency) => boolean = () => true,
): readonly Project[] =>
  project.dependsOn.filter(counts).flatMap(({ name }) => {
    const other = progress.affected.find((candidate) => candidate.name === name);
    return other === undefined || isDone(progress, other) ? [] : [other];
  });

/**
 * Projects of an open pull request of which neither can come first: one is applied before the merge and depends on one that is
 * applied after it, so the checks would never let it be merged. Null: there are none.
 */
export const neverInTurn = (affected: readonly Project[]): Problem | null => {
  const late = new Set(
    affected.filter(({ settings }) => settings.apply.kind === 'merge').map(({ name }) => name),
  );
  for (const { name, dependsOn, settings, ends } of affected) {
    const first =
      settings.apply.kind === 'merge' ? undefined : dependsOn.find((one) => late.has(one.name))?.name;
    if (first === undefined) continue;
    if (ends !== undefined)
      return {
        code: 'settings-invalid',
        sentence: `${quoted(name)} is deleted, and ${quoted(first)}, which needed it, is applied after the merge: its end cannot wait for that.`,
        advice: `Delete ${quoted(name)} in a pull request of its own, after ${quoted(first)} was applied.`,
      };
    return {
      code: 'settings-invalid',
      sentence: `${quoted(name)} depends on ${quoted(first)}, which is applied after the merge, and is itself applied before it: neither can be the first.`,
      advice: `Give ${quoted(name)} \`apply: merge\` as well, or take the dependency out.`,
    };
  }
  return null;
};
