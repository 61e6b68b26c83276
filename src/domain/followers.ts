import { isOfPart } from './ending.ts';
import { inOrder } from './graph.ts';
import type { ProjectKey } from './ids.ts';
import type { PlanSummary } from './plan-summary.ts';
import { newestRun, type Progress, usesOutputs } from './progress.ts';
import type { Dependency, Project } from './project.ts';
import type { Run } from './run.ts';

/*
 * A follower: a project that the files of a pull request do not affect, and that uses outputs of one that they do. It is planned
 * where an output that it uses changes, and left out where none does. What is not known counts as a change.
 */

/** Names of the outputs that an apply changes, or may change. */
export type ChangedOutputs = 'any' | ReadonlySet<string>;

/** An output that is only known after the apply is among those of a plan that change. No value is looked at. */
export const changedBy = ({ facts, complete, counts, outputs }: PlanSummary): ChangedOutputs => {
  // What waits for another plan may change any of them then.
  if (facts !== 'all' || complete === false || counts.deferred > 0) return 'any';
  return new Set(outputs.filter(({ action }) => action !== 'no-op').map(({ name }) => name));
};

/** The same of a plan, whose arguments may leave a part of the project out. */
export const changedByPlan = (run: Pick<Run, 'plan' | 'extra' | 'project'> | null): ChangedOutputs =>
  run === null || run.plan === null || isOfPart(run) ? 'any' : changedBy(run.plan.summary);

const isUsed = ({ outputs }: Dependency, changed: ChangedOutputs): boolean => {
  if (changed === 'any') return outputs === null || outputs.length > 0;
  return outputs === null ? changed.size > 0 : outputs.some((name) => changed.has(name));
};

/** What of a project changes for others; null: nobody knows before it is planned at this commit. */
const changesOf = (progress: Progress, project: Project): ChangedOutputs | null => {
  const plan = newestRun(progress, project, 'plan');
  return plan === null || plan.headSha !== progress.head || plan.state !== 'planned'
    ? null
    : changedByPlan(plan);
};

/** Projects that use outputs of those that are shown, directly or through others of them, dependencies first. */
export const followersOf = (projects: readonly Project[], shown: readonly Project[]): readonly Project[] => {
  const reached = new Set(shown.map(({ name }) => name));
  return inOrder(projects).filter(({ name, dependsOn }) => {
    if (reached.has(name) || !dependsOn.some((need) => usesOutputs(need) && reached.has(need.name)))
      return false;
    reached.add(name);
    return true;
  });
};

export type Follows =
  /** An output that it uses changes, or may: it is planned after that was applied. */
  | { readonly kind: 'planned' }
  /** Not known before these are planned. */
  | { readonly kind: 'open'; readonly until: readonly Project[] }
  /** No output that it uses changes. `late`: those that do, and that only the merge applies, while it would be applied before. */
  | { readonly kind: 'left-out'; readonly late: readonly Project[] };

/**
 * What becomes of each follower, by its key.
 *
 * @param applied what was changed before, by applies of this pull request: it is in the world, whatever the newest plan says
 */
export const followsOf = (
  progress: Progress,
  applied: ReadonlyMap<ProjectKey, ChangedOutputs> = new Map(),
): ReadonlyMap<ProjectKey, Follows> => {
  const found = new Map<ProjectKey, Follows>();
  const open = new Map<string, readonly Project[]>();
  // What follows is one of them, and others may follow it.
  const there = new Map(progress.affected.map((project) => [project.name, project]));
  for (const follower of inOrder(progress.followers ?? [])) {
    if (there.has(follower.name)) continue;
    const until = new Set<Project>();
    const late = new Set<Project>();
    let isPlanned = false;
    for (const need of follower.dependsOn.filter(usesOutputs)) {
      const used = there.get(need.name);
      if (used === undefined) {
        for (const one of open.get(need.name) ?? []) until.add(one);
        continue;
      }
      const before = applied.get(used.key);
      const now = changesOf(progress, used);
      const isChanged = (now !== null && isUsed(need, now)) || (before !== undefined && isUsed(need, before));
      if (isLate(used) && !isLate(follower)) {
        if (isChanged) late.add(used);
      } else if (isChanged) isPlanned = true;
      else if (now === null) until.add(used);
    }
    if (isPlanned) there.set(follower.name, follower);
    else if (until.size > 0) open.set(follower.name, [...until]);
    found.set(
      follower.key,
      isPlanned
        ? { kind: 'planned' }
        : until.size > 0
          ? { kind: 'open', until: [...until] }
          : { kind: 'left-out', late: [...late] },
    );
  }
  return found;
};

/** What is applied by the merge cannot come before what has to be applied for the merge. */
const isLate = ({ settings }: Project): boolean => settings.apply.kind === 'merge';

/** Those that are planned as well, because of what changes. */
export const following = (
  progress: Progress,
  applied?: ReadonlyMap<ProjectKey, ChangedOutputs>,
): readonly Project[] => {
  const follows = followsOf(progress, applied);
  return (progress.followers ?? []).filter(({ key }) => follows.get(key)?.kind === 'planned');
};

/**
 * Of what a pull request has: what uses outputs of a project, directly or through followers that are not there.
 *
 * @param counts which dependencies of theirs do; by default those that use outputs
 */
export const usersOf = (
  { affected, followers = [] }: Pick<Progress, 'affected' | 'followers'>,
  used: ProjectKey,
  counts: (need: Dependency) => boolean = usesOutputs,
): readonly Project[] => {
  const name = affected.find(({ key }) => key === used)?.name;
  if (name === undefined) return [];
  const there = new Set(affected.map(({ key }) => key));
  const reached = new Set([name]);
  const isUser = ({ dependsOn }: Project): boolean =>
    dependsOn.some((need) => usesOutputs(need) && reached.has(need.name));
  for (const follower of inOrder(followers))
    if (!there.has(follower.key) && isUser(follower)) reached.add(follower.name);
  return affected.filter(({ dependsOn }) => dependsOn.some((need) => counts(need) && reached.has(need.name)));
};
