import type { Actor } from '../pull.ts';

/** A check run or commit status as it is now on a commit; the newest of its name and App. */
export interface CheckFact {
  readonly name: string;
  /** Null for a commit status. */
  readonly appId: number | null;
  readonly state: 'success' | 'failure' | 'pending' | 'neutral' | 'skipped';
}

/** A check that the base branch requires. */
export interface RequiredCheck {
  readonly name: string;
  /** The App it has to come from; null: from any. */
  readonly appId: number | null;
}

/** How GitHub judges a merge, and what it judges by, as far as it tells. */
export interface MergeFacts {
  /** Of the head that all of this is about. */
  readonly headSha: string;
  readonly draft: boolean;
  /** Does it merge without conflicts? Null: GitHub is still finding out. */
  readonly mergeable: boolean | null;
  /** GitHub's verdict over all its rules, our own checks among them; null: one that this version does not know. */
  readonly state: 'clean' | 'unstable' | 'has_hooks' | 'blocked' | 'behind' | 'dirty' | 'draft' | null;
  /** Of the reviews that protection and rulesets require; null where they require none. */
  readonly reviews: 'approved' | 'changes_requested' | 'required' | null;
  readonly required: readonly RequiredCheck[];
  /** The base branch asks that the head is up to date with it. */
  readonly strict: boolean;
  /** Commits of the base branch that the head lacks; null: not known, or not asked because `state` tells enough. */
  readonly behindBy: number | null;
  readonly checks: readonly CheckFact[];
  /** Commits that are not signed as required; null where signatures are not required. */
  readonly unsigned: number | null;
  /** Conversations that are not resolved; null where that is not required. */
  readonly unresolved: number | null;
  /** Rules of which GitHub does not tell whether they hold, by its names: `required_deployments`, `code_scanning`. */
  readonly unknown: readonly string[];
}

/** Who made what is at the head. */
export interface Authorship {
  /** Whoever pushed exactly this head, by the push itself; null: not known. */
  readonly pusher: Actor | null;
  /** Whoever moved the branch since it was made, the pusher among them; null: not known of every time. */
  readonly movers: readonly Actor[] | null;
  /** People among authors, co-authors and committers of the commits, without GitHub's own committer. */
  readonly authors: readonly Actor[];
  /** Logins, small letters, of bots among them. Anybody can write such an address into a commit. */
  readonly bots: readonly string[];
  /** False: there are more commits than were looked at, or the author of one is not known. */
  readonly complete: boolean;
}
