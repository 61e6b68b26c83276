import type { CheckUpsert } from '../../../src/domain/check.ts';
import type { Sha } from '../../../src/domain/ids.ts';
import type { MergeMethod, MergeWay } from '../../../src/domain/merging.ts';
import type { Permission, PullRef, RepoRef } from '../../../src/domain/pull.ts';
import type { MergeFacts } from '../../../src/domain/rules/merge-facts.ts';
import type { DeploymentUpsert, Forge } from '../../../src/forge/port.ts';
import type { BranchRules } from '../../../src/hub/branch-rules.ts';

interface SeenComment {
  readonly id: number;
  readonly body: string;
  readonly reactions: readonly string[];
}

type SeenCheck = Pick<
  CheckUpsert,
  'name' | 'headSha' | 'status' | 'conclusion' | 'title' | 'text' | 'actions' | 'annotations' | 'pullNumber'
> & {
  readonly id: number;
};

/** With its statuses, oldest first. */
type SeenDeployment = Pick<DeploymentUpsert, 'sha' | 'environment' | 'task' | 'description' | 'payload'> & {
  readonly id: number | null;
  readonly statuses: readonly Pick<DeploymentUpsert, 'state' | 'said' | 'logUrl'>[];
};

type Creating = 'upsertComment' | 'upsertCheck' | 'upsertDeployment' | 'upsertIssue';

/**
 * `limited`: 429, wait 7 s. `unavailable`: nothing done. `lost answer`: done, and the connection cut
 * before anybody heard of it.
 */
export type Fault = 'limited' | 'unavailable' | 'lost answer';

/** What stands in the way of a merge, or does not. Everything that is left out asks nothing. */
export interface Situation {
  /** What the base branch asks for, by classic protection or by a ruleset. */
  readonly protection?: Partial<BranchRules>;
  readonly ruleset?: Partial<BranchRules>;
  readonly reviews?: readonly (readonly [login: string, event: 'APPROVE' | 'REQUEST_CHANGES'])[];
  /** Takes the last review away. */
  readonly dismiss?: boolean;
  readonly statuses?: readonly (readonly [context: string, state: 'success' | 'failure' | 'pending'])[];
  /** By another App than ours. */
  readonly checks?: readonly (readonly [name: string, conclusion: 'success' | 'failure' | null])[];
  /** So many conversations that are not resolved. */
  readonly conversations?: number;
  /** The base branch gets a commit that does not touch the same files, or one that does. */
  readonly base?: 'moved' | 'conflicts';
}

/** How a pull request is merged. What is left out is as nobody asked for anything. */
export interface Merging {
  /** What the repository lets through; everything where it is left out. */
  readonly repository?: readonly MergeMethod[];
  readonly ruleset?: Partial<BranchRules>;
  readonly protection?: Partial<BranchRules>;
}

/** How the suite arranges what a forge has, and looks at it from outside. `ann` writes all pull requests. */
export interface World {
  readonly forge: Forge;
  readonly repo: RepoRef;
  /** Another name for `repo`. What looks from outside below knows only `infra`: give that back. */
  rename(name: string): Promise<void>;
  /** Installed App, but no such repository. */
  readonly elsewhere: RepoRef;
  /** Ids of our App and of another one. */
  readonly apps: { readonly ours: number; readonly other: number };
  /** Onto `main`, or onto a branch that begins there. */
  openPull(branch: string, options?: { readonly draft?: boolean; readonly base?: string }): Promise<PullRef>;
  /** `facts`: what it comes to, for a forge that is told so. */
  arrange(pull: PullRef, situation: Situation, facts: Partial<Omit<MergeFacts, 'headSha'>>): Promise<void>;
  /** `way`, `refusal`: what it comes to, for a forge that is told so. */
  arrangeMerging(
    pull: PullRef,
    merging: Merging,
    told: { readonly way: Partial<Omit<MergeWay, 'headSha'>>; readonly refusal?: string },
  ): Promise<void>;
  /** GitHub has not worked out yet whether it merges; says so `true` when it is asked once more. */
  forgetMergeability(pull: PullRef): Promise<void>;
  /** For a forge that is told where branches are. */
  noteBranch(name: string, tip: Sha): Promise<void>;
  closePull(pull: PullRef): Promise<void>;
  push(pull: PullRef): Promise<Sha>;
  /** A forced push of one commit in place of what was there. */
  pushOver(
    pull: PullRef,
    login: string,
    commit: {
      readonly author: string;
      readonly coAuthors?: readonly string[];
      /** Addresses of more co-authors, who have no account. */
      readonly strangers?: readonly string[];
    },
  ): Promise<Sha>;
  /** So many commits of `ann` in place of what was there, by her in one push. */
  pushMany(pull: PullRef, commits: number): Promise<Sha>;
  /** As if nobody had kept who pushed the head. */
  forgetPushes(pull: PullRef): Promise<void>;
  /** A team of the organisation, with logins; below another one. */
  addTeam(
    slug: string,
    team: { readonly parent?: string; readonly members: readonly string[] },
  ): Promise<void>;
  review(pull: PullRef, login: string, event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT'): Promise<number>;
  dismiss(pull: PullRef, reviewId: number): Promise<void>;
  permit(login: string, permission: Permission): Promise<void>;
  /** A comment by `ann`. */
  comment(pull: PullRef, body: string): Promise<number>;
  removeComment(id: number): Promise<void>;
  comments(pull: PullRef): readonly SeenComment[];
  /** In the order in which they were created. */
  checks(): readonly SeenCheck[];
  /** In the order in which they were created. */
  deployments(): readonly SeenDeployment[];
  /** From now on the App may not, or may again. */
  permitApp(
    permission: 'deployments' | 'actions' | 'contents' | 'pull_requests' | 'issues',
    on: boolean,
  ): void;
  /** An issue by `ann`. */
  openIssue(title: string, body: string): Promise<number>;
  /** Somebody with the right to does it. */
  changeIssue(
    number: number,
    change: { readonly state?: 'open' | 'closed'; readonly body?: string },
  ): Promise<void>;
  removeIssue(number: number): Promise<void>;
  /** In the order in which they were opened. */
  issues(): readonly {
    readonly number: number;
    readonly title: string;
    readonly body: string;
    readonly state: 'open' | 'closed';
  }[];
  /** Somebody makes a branch, with a commit of theirs. Returns it. */
  addBranch(name: string): Promise<Sha>;
  /** Where a branch is; null: there is none. */
  tipOf(name: string): Promise<Sha | null>;
  /** Does it change no file of the branch, and stand right on top of it? */
  isEmptyOn(commit: Sha, branch: string): Promise<boolean>;
  /** In the place of the one of that name; what is left out is not asked for. */
  setEnvironment(
    name: string,
    wish: {
      readonly users?: readonly string[];
      readonly teams?: readonly string[];
      readonly preventSelfReview?: boolean;
      readonly waitMinutes?: number;
      /** `protected`: the base branch is, or is not. */
      readonly branches?: { readonly isProtected: boolean } | { readonly patterns: readonly string[] };
      readonly unknown?: readonly string[];
    },
  ): Promise<void>;
  /** The next thing of that kind that is created. */
  failNextCreate(method: Creating, fault: Fault): void;
  failNextPull(fault: 'limited' | 'unavailable'): void;
  /** Whether webhooks are taken from now on; they are at first. */
  takeWebhooks(on: boolean): void;
  /** Something happens that raises a webhook. Resolves when it was sent, and with it what was to be sent again. */
  raiseWebhook(): Promise<void>;
  /** Ids of the webhooks that were taken, in order. */
  taken(): readonly string[];
  stop(): Promise<void>;
}
