import type { Due } from './due.ts';
import { isOfPart } from './ending.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import { quoted } from './quote.ts';
import type { Run } from './run.ts';

/** What says of the projects of one pull request how far each has come. */
export interface Progress {
  readonly affected: readonly Project[];
  /** The newest run of each project and verb. */
  readonly runs: readonly Run[];
  /** What its merge asked for, ended or not. */
  readonly dues: readonly Due[];
}

/** Is nothing of it left to do? */
const isDone = ({ runs, dues }: Progress, { key }: Project): boolean => {
  // What it brought is in the world, by a newer commit.
  if (dues.some(({ project, ended }) => project === key && ended === 'contained')) return true;
  const newest = (verb: Run['verb']) => runs.find((run) => run.verb === verb && run.project.key === key);
  const [plan, apply] = [newest('plan'), newest('apply')];
  // A part of it, or its end, says nothing of the rest.
  if (plan !== undefined && isOfPart(plan)) return false;
  if (plan?.state === 'planned' && plan.plan?.summary.hasChanges === false) return true;
  return apply?.state === 'applied' && apply.planRunId === plan?.id;
};

/** The projects that this one depends on and that are not applied yet. One that the pull request does not affect is not waited for. */
export const notAppliedBefore = (progress: Progress, project: Project): readonly Project[] =>
  project.dependsOn.flatMap((name) => {
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
    const first = settings.apply.kind === 'merge' ? undefined : dependsOn.find((one) => late.has(one));
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
