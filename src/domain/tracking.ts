import type { InputsDigest, Sha, TreeId } from './ids.ts';
import type { Project } from './project.ts';
import type { RepoRef } from './pull.ts';
import { tagOf } from './tags/ref.ts';
import {
  type Attempt,
  type AwaitedMerge,
  type BranchRefusal,
  type HistoryEntry,
  type Made,
  type Proof,
  refOf,
  standingOf,
  type Tracked,
  type Version,
} from './tracked.ts';

/** A project as a branch has it at a commit. */
export interface Tip {
  readonly repo: RepoRef;
  readonly project: Project;
  readonly ref: string;
  readonly sha: Sha;
  readonly tree: TreeId;
  /** What a plan of it would be made from with that version of the tool. Null: nothing was known to hold it against. */
  readonly inputsWith: ((toolVersion: string) => InputsDigest) | null;
  /** As in `Desired`. */
  readonly behind: number | null;
}

/** What a row becomes, and what there is to tell of it, oldest first. */
export interface Step {
  readonly tracked: Tracked;
  readonly history: readonly HistoryEntry[];
}

type Told = Pick<HistoryEntry, 'kind' | 'facts'>;

/** A project that nothing is known of yet. */
export const newTracked = (repo: RepoRef, project: Project): Tracked => ({
  key: project.key,
  repo,
  project,
  desired: null,
  applied: null,
  attempted: null,
  proven: null,
  merged: null,
  pendingSince: null,
  goneAt: null,
});

/** What follows from any change: since when it is pending, and that a merge is not waited for any more once the world has it. */
const step = (before: Tracked, after: Tracked, at: number, told: readonly Told[]): Step => {
  const standing = standingOf(after);
  const isPending = standing === 'pending';
  const tracked = {
    ...after,
    pendingSince: isPending ? (before.pendingSince ?? at) : null,
    merged: standing === 'same' || standing === 'gone' ? null : after.merged,
  };
  const begins: readonly Told[] =
    isPending && before.pendingSince === null
      ? [{ kind: 'pending', facts: { sha: after.desired?.sha ?? null, applied: after.applied?.sha ?? null } }]
      : [];
  return { tracked, history: [...told, ...begins].map((one) => ({ at, ...one })) };
};

/**
 * Its branch is at a commit. Where that describes the project as what was applied does, or as what a plan without changes was made
 * of, that is the applied version from now on, and no tool was run. Nothing else ever moves it but an apply. Of a plan that did not
 * look at the world only a version that was there moves along.
 */
export const followTip = (known: Tracked | null, tip: Tip, at: number): Step => {
  const before = known ?? newTracked(tip.repo, tip.project);
  const ref = refOf(before);
  // Two branches may have it: it goes by the one into which it was applied, or that was seen first. To follow tags is the word of the
  // default branch, and is taken back by it.
  const isOther = ref !== null && ref !== tip.ref && tagOf(tip.ref) === null;
  if (isOther && before.goneAt === null) return { tracked: before, history: [] };
  const { repo, project, sha, tree } = tip;
  const { applied, proven } = before;
  const there = { ref: tip.ref, sha, tree, on: 'branch' } as const;
  const isSame = (made: Made | null): made is Made =>
    made !== null && tip.inputsWith?.(made.toolVersion) === made.inputs;
  const isKnown = before.desired?.ref === tip.ref && before.desired.sha === sha;
  const since = isKnown ? (before.desired?.at ?? at) : at;
  const desired = { ref: tip.ref, sha, tree, at: since, behind: tip.behind, refused: null };
  const after: Tracked = { ...before, repo, project, desired, goneAt: null };
  const told: Told[] = before.goneAt === null ? [] : [{ kind: 'back', facts: { sha } }];
  if (applied !== null && isSame(applied)) {
    const isProven = isSame(proven) && proven.blind !== true;
    const moved = { ...applied, ...there, sure: applied.sure || isProven };
    // That other projects changed is nothing to tell of this one.
    if (standingOf(before) !== 'same') told.push({ kind: 'moved', facts: { from: applied.sha, to: sha } });
    return step(before, { ...after, applied: moved }, at, told);
  }
  if (isSame(proven) && proven.blind === true) {
    const { inputs, toolVersion } = proven;
    const last = before.applied;
    // That nothing is to be applied makes another commit of what was; it finds nothing, and makes nothing sure.
    if (last === null) return step(before, after, at, told);
    told.push({ kind: 'moved', facts: { from: last.sha, to: sha } });
    return step(before, { ...after, applied: { ...last, ...there, inputs, toolVersion } }, at, told);
  }
  if (isSame(proven)) {
    const found: Version = {
      ...there,
      ...{ inputs: proven.inputs, toolVersion: proven.toolVersion },
      ...{ run: proven.run, pullNumber: proven.pullNumber, at: proven.at },
      ...{ sure: true, plan: null, by: null },
    };
    told.push({ kind: 'found', facts: { sha, pull: proven.pullNumber, run: proven.run } });
    return step(before, { ...after, applied: found, attempted: null, proven: null }, at, told);
  }
  return step(before, after, at, told);
};

const isTag = (ref: string | undefined): boolean => tagOf(ref ?? null) !== null;

/** An apply of all of it ended well. */
export const noteApplied = (before: Tracked, version: Version, project: Project, at: number): Step => {
  // It goes by the branch into which it was applied last, and what that asks for is not known yet.
  const isSameWay = before.desired?.ref === version.ref || (isTag(before.desired?.ref) && isTag(version.ref));
  const desired = isSameWay ? before.desired : null;
  const { sha, by, pullNumber, run } = version;
  const told: Told = {
    kind: 'applied',
    facts: { sha, by: by?.login ?? null, pull: pullNumber, run },
  };
  const after: Tracked = {
    ...before,
    ...{ desired, applied: version, attempted: null, proven: null, goneAt: null },
    project: desired === null ? project : before.project,
  };
  return step(before, after, at, [told]);
};

/** Something was begun and ended in another way: what was there before is not sure any more. */
export const noteAttempt = (before: Tracked, attempted: Attempt, at: number): Step => {
  const { outcome, sha, by, pullNumber, run } = attempted;
  const kept = outcome === 'destroyed' || before.applied === null ? null : { ...before.applied, sure: false };
  const told: Told = { kind: outcome, facts: { sha, by: by?.login ?? null, pull: pullNumber, run } };
  return step(before, { ...before, applied: kept, attempted, proven: null }, at, [told]);
};

/** Is as much known of these inputs already as a plan says that did not look? */
const isKnown = ({ applied, proven }: Tracked, { inputs, toolVersion }: Made): boolean =>
  [applied, proven].some((one) => one?.inputs === inputs && one.toolVersion === toolVersion);

/** A plan of all of it had nothing to change. */
export const noteProof = (before: Tracked, proven: Proof, at: number): Step => {
  const { applied } = before;
  if (proven.blind === true && isKnown(before, proven)) return { tracked: before, history: [] };
  if (applied?.inputs !== proven.inputs || applied.toolVersion !== proven.toolVersion)
    return step(before, { ...before, proven }, at, []);
  // It says no more than what is known, but that it is so.
  const facts = { sha: applied.sha, pull: proven.pullNumber, run: proven.run };
  const told: readonly Told[] = applied.sure ? [] : [{ kind: 'found', facts }];
  const after: Tracked = {
    ...before,
    applied: { ...applied, sure: true },
    attempted: null,
    proven: null,
  };
  return step(before, after, at, told);
};

/**
 * A look at the world, with the project as a commit of its branch has it, had nothing to change. Where nothing is known to be applied, and
 * that is what the branch asks for, that is the applied version from now on; where something was begun since, it is sure again.
 */
export const noteLooked = (before: Tracked, commit: Sha, made: Made, at: number): Step => {
  const { applied, desired, repo, project } = before;
  if (applied?.sure === true) return { tracked: before, history: [] };
  const proof = noteProof(before, { ...made, run: null, pullNumber: null, at }, at);
  if (applied !== null || desired === null || desired.sha !== commit) return proof;
  const { ref, sha, tree, behind } = desired;
  const found = followTip(
    proof.tracked,
    { repo, project, ref, sha, tree, inputsWith: () => made.inputs, behind },
    at,
  );
  // What the branch says may not be taken just now, and that stays so.
  return { ...found, tracked: { ...found.tracked, desired } };
};

/** What its branch says now is not taken: it stands as it stood. */
export const noteRefused = (before: Tracked, refused: BranchRefusal): Tracked =>
  before.desired === null ? before : { ...before, desired: { ...before.desired, refused } };

/** Its branch is at a commit that has no such project. What was applied for a pull request that is open is not on the branch yet. */
export const noteGone = (before: Tracked, tip: Pick<Tip, 'ref' | 'sha'>, at: number): Step => {
  const wasThere = before.desired !== null || before.applied?.on === 'ended';
  if (before.goneAt !== null || refOf(before) !== tip.ref || !wasThere || before.applied?.on === 'open')
    return { tracked: before, history: [] };
  return step(before, { ...before, goneAt: at }, at, [{ kind: 'gone', facts: { sha: tip.sha } }]);
};

/** A pull request was merged or closed: what was applied for it is on the branch, or it is nowhere. */
export const noteOver = (before: Tracked, pullNumber: number, at: number): Step => {
  const { applied } = before;
  if (applied?.on !== 'open' || applied.pullNumber !== pullNumber) return { tracked: before, history: [] };
  return step(before, { ...before, applied: { ...applied, on: 'ended' } }, at, []);
};

/** A pull request was merged that has something left to apply. */
export const noteMerged = (before: Tracked, merged: AwaitedMerge): Tracked => ({ ...before, merged });
