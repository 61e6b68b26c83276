import type { InputsDigest, PlanDigest, ProjectKey, RunId, Sha, TreeId } from './ids.ts';
import type { Project } from './project.ts';
import type { Actor, RepoRef } from './pull.ts';

/** What a plan is made from, and with: two of the same are the same to the tool. */
export interface Made {
  readonly inputs: InputsDigest;
  /** The inputs were digested with it: what is compared with them has to be as well. */
  readonly toolVersion: string;
}

/** A commit of a project, as the world was brought to it. */
export interface Version extends Made {
  /** Full name of the branch or tag that it is for: `refs/heads/main`. */
  readonly ref: string;
  readonly sha: Sha;
  /** What lay there when it was planned: of a pull request that is the merge of base and head, which no commit need have. */
  readonly tree: TreeId;
  /**
   * Where the commit is: on the branch; the head of a pull request that was open; of one that has ended since without the branch
   * describing the same.
   */
  readonly on: 'branch' | 'open' | 'ended';
  /** False: something was begun since of which nobody knows for sure what it left. Looks go on, corrections do not. */
  readonly sure: boolean;
  /** Null where no plan was applied: the world was found to be so. */
  readonly plan: PlanDigest | null;
  readonly by: Actor | null;
  readonly pullNumber: number | null;
  readonly run: RunId | null;
  /** When the world was brought to it, or found to be so; not when the version moved forward. Unix milliseconds. */
  readonly at: number;
}

/** What its branch or tag asks for. */
export interface Desired {
  /** As in `Version`. */
  readonly ref: string;
  readonly sha: Sha;
  readonly tree: TreeId;
  /** When we heard of it, Unix milliseconds. */
  readonly at: number;
  /** By how many commits of the branch the applied version is older; null where that cannot be counted. */
  readonly behind: number | null;
  /** Why what the branch says now was not taken, so that this is of before; null: it was. */
  readonly refused: BranchRefusal | null;
}

export const branchRefusals = [
  /** It has no project any more, and had some. */
  'empty',
  /** What says its projects cannot be read. */
  'unread',
  /** There is no such branch. */
  'no-branch',
  /** The tag that it would go by is not followed: see `domain/tags/choice.ts`. */
  'tag-moved',
  'tag-gone',
  'tag-twice',
  'tag-off-branch',
] as const;
export type BranchRefusal = (typeof branchRefusals)[number];

export const attemptOutcomes = [
  'failed',
  'unresolved',
  /** Only a part of the project was applied. */
  'part',
  /** Its end was applied: nothing of it should be left. */
  'destroyed',
  /** Its state was changed without a plan. */
  'operated',
] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** The last thing that was begun and did not bring the world to a version as a whole. */
export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly sha: Sha;
  readonly by: Actor | null;
  readonly pullNumber: number;
  readonly run: RunId;
  readonly at: number;
}

/** A plan of the whole project had nothing to change, and nothing was begun since: the world is as these inputs say. */
export interface Proof extends Made {
  /**
   * True: its tool did not look at all that is there. There is nothing to apply then, and nothing is known of the world. Absent: it
   * looked.
   */
  readonly blind?: true | undefined;
  readonly run: RunId | null;
  readonly pullNumber: number | null;
  readonly at: number;
}

/** A pull request was merged that has something of the project to apply. */
export interface AwaitedMerge {
  readonly pullNumber: number;
  /** The commit on the base branch. */
  readonly commit: Sha;
  readonly at: number;
  /** People were told that it is not applied. */
  readonly told: boolean;
}

/** What is kept of a project after its applies. */
export interface Tracked {
  readonly key: ProjectKey;
  readonly repo: RepoRef;
  /** As the desired commit has it; as it was applied, where no branch was looked at yet. */
  readonly project: Project;
  /** Null: its branch was not looked at yet. */
  readonly desired: Desired | null;
  /** Null: nobody applied it here, and nobody found that there is nothing to apply; or its end was applied. */
  readonly applied: Version | null;
  readonly attempted: Attempt | null;
  readonly proven: Proof | null;
  readonly merged: AwaitedMerge | null;
  /** Since when it is pending, Unix milliseconds; null: it is not. */
  readonly pendingSince: number | null;
  /** When its branch had no such project any more. */
  readonly goneAt: number | null;
}

/** What happened to a project, for the page. Others add theirs. */
export const historyKinds = [
  'applied',
  ...attemptOutcomes,
  /** The branch moved and describes the same: nothing was run. */
  'moved',
  /** A plan had nothing to change: the world is as the branch says. */
  'found',
  /** The branch asks for something else than what was applied. */
  'pending',
  'gone',
  'back',
] as const;
export type HistoryKind = (typeof historyKinds)[number];

export interface HistoryEntry {
  readonly at: number;
  readonly kind: HistoryKind;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * How what was applied stands to what is asked for. `unknown`: one of the two is not known · `ahead`: the world is as an open pull
 * request says, which the branch does not have yet · `pending`: they are not the same · `gone`: the branch has no such project.
 * Nothing of it says whether the world is as it was left: that is drift, and another question.
 */
export const standingOf = ({
  desired,
  applied,
  goneAt,
}: Pick<Tracked, 'desired' | 'applied' | 'goneAt'>): 'unknown' | 'same' | 'ahead' | 'pending' | 'gone' => {
  if (goneAt !== null) return 'gone';
  if (applied?.on === 'open') return 'ahead';
  if (applied === null || desired === null) return 'unknown';
  return applied.on === 'branch' && applied.sha === desired.sha && applied.ref === desired.ref
    ? 'same'
    : 'pending';
};

/** Full name of the branch or tag that it goes by; null while nothing is known of it. */
export const refOf = ({ desired, applied }: Pick<Tracked, 'desired' | 'applied'>): string | null =>
  desired?.ref ?? applied?.ref ?? null;
