import type { Drift } from './drift/drift.ts';
import type { ProjectKey } from './ids.ts';
import type { Lock } from './lock.ts';
import type { RepoRef } from './pull.ts';
import type { WindowRequirement } from './rules/requirement.ts';
import { type InForce, inForce, type Suspension } from './suspension.ts';
import { tagOf } from './tags/ref.ts';
import { type BranchRefusal, refOf, standingOf, type Tracked } from './tracked.ts';

/** How a project stands in its environment, for people. */
export interface EnvironmentLine {
  readonly key: ProjectKey;
  readonly name: string;
  readonly repo: RepoRef;
  /** Null: it is in none. */
  readonly environment: string | null;
  readonly standing: ReturnType<typeof standingOf>;
  /** What the world was brought to; null: nothing is known of it. */
  readonly version: {
    readonly sha: string;
    readonly sure: boolean;
    readonly by: string | null;
    readonly pullNumber: number | null;
    readonly at: number;
  } | null;
  /** What its branch or tag asks for, where that is something else. */
  readonly desired: string | null;
  /** Of a project that follows tags: the one that it was brought to, and the one that is asked for; null: it goes by a branch. */
  readonly tags: { readonly applied: string | null; readonly asked: string | null } | null;
  /** Commits of the branch that the version lags behind; null: none, or they cannot be told. */
  readonly behind: number | null;
  readonly pendingSince: number | null;
  /** What its branch says now was not taken. */
  readonly refused: BranchRefusal | null;
  /** The merged pull request that was never applied. */
  readonly missed: number | null;
  /** The pull request that holds it. */
  readonly heldBy: number | null;
  /** What looks at the world found, and since when; null: nobody looks. */
  readonly drift: Pick<Drift, 'status' | 'since'> | null;
  /** Nothing is applied to it for a time: what ends last of that. */
  readonly suspended: Pick<InForce, 'by' | 'until'> | null;
  /** What its windows say now, a phrase; null: it has none. */
  readonly window: string | null;
}

/** What is known of a project besides what was applied. */
export interface Around {
  readonly lock: Lock | null;
  readonly drift: EnvironmentLine['drift'];
  /** What comments say of it; files are read from its settings. */
  readonly said: readonly Suspension[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** @param windowOf what a window says at this moment */
export const environmentLine = (
  tracked: Tracked,
  { lock, drift, said, now }: Around,
  windowOf: (window: WindowRequirement) => { readonly open: boolean; readonly because: string },
): EnvironmentLine => {
  const { applied, desired, merged, project, repo } = tracked;
  const { environment, requirements, suspended: written = [] } = project.settings;
  const [suspended] = inForce(said, written, now);
  const standing = standingOf(tracked);
  const windows = (requirements.apply ?? [])
    .filter((one) => one.kind === 'window')
    .map((one) => windowOf(one));
  // Each of them has to be open.
  const window = windows.find(({ open }) => !open) ?? windows[0];
  const isElsewhere = standing === 'pending' || standing === 'unknown';
  return {
    ...{ key: tracked.key, name: project.name, repo, environment, standing },
    version:
      applied === null
        ? null
        : {
            ...{ sha: applied.sha, sure: applied.sure, by: applied.by?.login ?? null },
            ...{ pullNumber: applied.pullNumber, at: applied.at },
          },
    desired: isElsewhere ? (desired?.sha ?? null) : null,
    tags:
      tagOf(refOf(tracked)) === null
        ? null
        : { applied: tagOf(applied?.ref ?? null), asked: tagOf(desired?.ref ?? null) },
    behind: standing === 'pending' ? (desired?.behind ?? null) : null,
    pendingSince: tracked.pendingSince,
    refused: desired?.refused ?? null,
    missed: isElsewhere ? (merged?.pullNumber ?? null) : null,
    heldBy: lock?.pullNumber ?? null,
    drift: drift === null ? null : { status: drift.status, since: drift.since },
    suspended: suspended === undefined ? null : { by: suspended.by, until: suspended.until },
    window: window?.because ?? null,
  };
};

/** By environment, and within it by repository and name; what is in none comes last. */
export const byEnvironment = (
  lines: readonly EnvironmentLine[],
): readonly (readonly [environment: string | null, lines: readonly EnvironmentLine[]])[] =>
  [...Map.groupBy(lines, ({ environment }) => environment)]
    .toSorted(([one], [other]) =>
      one === null || other === null ? Number(one === null) - Number(other === null) : one < other ? -1 : 1,
    )
    .map(([environment, some]) => [
      environment,
      some.toSorted((one, other) => (titleOf(one) < titleOf(other) ? -1 : 1)),
    ]);

const titleOf = ({ repo, name, key }: EnvironmentLine): string =>
  `${repo.owner}/${repo.name} ${name} ${key}`.toLowerCase();
