import { followsOf } from './followers.ts';
import type { Problem } from './problem.ts';
import { isDone, type Progress } from './progress.ts';
import type { Dependency, Project } from './project.ts';
import { quoted } from './quote.ts';

/**
 * The projects that this one depends on and that are not applied yet, each once. One that the pull request does not affect is not
 * waited for; where it may follow others, these are, until that is known.
 */
export const notAppliedBefore = (
  progress: Progress,
  project: Project,
  counts: (need: Dependency) => boolean = () => true,
): readonly Project[] => {
  const { affected, followers = [] } = progress;
  let follows: ReturnType<typeof followsOf> | null = null;
  const before = project.dependsOn.filter(counts).flatMap(({ name }) => {
    const other = affected.find((candidate) => candidate.name === name);
    if (other !== undefined) return isDone(progress, other) ? [] : [other];
    const follower = followers.find((candidate) => candidate.name === name);
    if (follower === undefined) return [];
    follows ??= followsOf(progress);
    const found = follows.get(follower.key);
    if (found?.kind === 'planned') return [follower];
    return found?.kind === 'open' ? found.until : [];
  });
  return [...new Set(before)];
};

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
