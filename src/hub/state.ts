import type { Clock } from '../clock/port.ts';
import type { Activity } from './activity.ts';
import type { App, AppKey, Delivery, Installation, LoginCode, OutgoingEvent, Token } from './app-state.ts';
import type { BranchRequirements } from './branch-rules.ts';
import type { Deployment } from './deployments.ts';
import type { Environment } from './environments.ts';
import type { LeaveReason, MergeQueue } from './queue/state.ts';
import type { Team } from './teams.ts';
import type { Thread } from './threads.ts';

/** Ordered from least to most; `none` is a stranger to a private repository. */
export const permissionLevels = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Permission = (typeof permissionLevels)[number];

export const mergeMethods = ['merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Organization' | 'Bot';
  readonly name: string | null;
  readonly siteAdmin: boolean;
  /** Of an organisation: ids of the people who own it. */
  readonly owners: ReadonlySet<number>;
  readonly createdAt: number;
}

/** Who does something: a person, or an App through its bot account. */
export interface Actor {
  readonly account: Account;
  readonly app: App | null;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
}

/** Something that whoever runs this hub lets people do to the world that a repository describes. GitHub has no such thing. */
export interface RepoButton {
  readonly label: string;
  /** What it does, a sentence. */
  readonly says: string;
  press(): Promise<void>;
}

export interface Repo {
  readonly id: number;
  readonly owner: Account;
  /** Changed by `renameRepository` alone. */
  name: string;
  readonly description: string | null;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** Absolute path of the bare repository. */
  readonly folder: string;
  /** Set for a fork. */
  readonly parent: Repo | null;
  readonly createdAt: number;
  pushedAt: number;
  readonly collaborators: Map<number, Permission>;
  readonly pulls: Map<number, Pull>;
  /** Their numbers are none of a pull request's. */
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  /** By lower-case name. */
  readonly labels: Map<string, Label>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly checkSuites: Map<number, CheckSuite>;
  readonly statuses: Status[];
  readonly deployments: Map<number, Deployment>;
  /** By the name in small letters. */
  readonly environments: Map<string, Environment>;
  /** By the branch's name. */
  readonly requirements: Map<string, BranchRequirements>;
  /** By the branch's name; made with the first pull request that is put in. */
  readonly queues: Map<string, MergeQueue>;
  /** Every move of a branch, oldest first. */
  readonly activity: Activity[];
  /** On the page of the repository. */
  readonly buttons: RepoButton[];
  nextNumber: number;
  readonly mergeMethods: Record<MergeMethod, boolean>;
  deleteBranchOnMerge: boolean;
  /** Git work on a repository happens one at a time; see `exclusively`. */
  busy: Promise<unknown>;
}

export interface PullFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly additions: number;
  readonly deletions: number;
  readonly blob: string;
  readonly patch: string | null;
}

/** What git says about head against base; made anew when one of them moves. */
export interface PullFacts {
  /** Tip of the base branch it was computed for, which `base.sha` may lag behind. */
  readonly baseTip: string;
  readonly headSha: string;
  readonly mergeBase: string | null;
  readonly mergeable: boolean;
  /** The test merge, `refs/pull/N/merge`; null where there are conflicts. */
  readonly testMerge: string | null;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  /** Those who may approve a changed file as its code owners: a set of account ids for each different set. */
  readonly codeOwners: readonly ReadonlySet<number>[];
}

export type PullState = 'open' | 'closed';

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly repo: Repo;
  title: string;
  body: string | null;
  state: PullState;
  draft: boolean;
  readonly author: Account;
  /** Set when an App opened it. */
  readonly app: App | null;
  readonly head: { readonly repo: Repo; readonly ref: string; sha: string };
  /**
   * `sha` is the tip of the base branch when the pull request was opened or last synchronized, as on
   * GitHub: it does not follow the branch (github/docs#431).
   */
  readonly base: { ref: string; sha: string };
  readonly labels: Set<Label>;
  readonly reviews: Review[];
  readonly threads: Thread[];
  readonly timeline: TimelineEvent[];
  /** Null while nothing is known yet. */
  facts: PullFacts | null;
  /** False until `mergeable` may be told; see `mergeability` of the state. */
  mergeableKnown: boolean;
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  mergedAt: number | null;
  mergedBy: Account | null;
  mergeCommit: string | null;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly repo: Repo;
  title: string;
  body: string | null;
  state: PullState;
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  readonly author: Account;
  /** Set when an App opened it. */
  readonly app: App | null;
  readonly labels: ReadonlySet<Label>;
  readonly timeline: TimelineEvent[];
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
}

/** What people talk below. Both have comments, and share one number space. */
export type Conversation = Pull | Issue;

export const isPull = (one: Conversation): one is Pull => 'head' in one;

/** What a thread shows between and including its comments and reviews, oldest first. */
export type TimelineEvent = { readonly at: number; readonly actor: Account } & (
  | { readonly kind: 'comment'; readonly commentId: number }
  | { readonly kind: 'review'; readonly reviewId: number }
  | { readonly kind: 'pushed'; readonly before: string; readonly after: string; readonly forced: boolean }
  | { readonly kind: 'merged'; readonly commit: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'reopened' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'draft' }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | { readonly kind: 'base'; readonly from: string; readonly to: string }
  | { readonly kind: 'labeled'; readonly label: string }
  | { readonly kind: 'unlabeled'; readonly label: string }
  | { readonly kind: 'dismissed'; readonly reviewId: number; readonly message: string }
  | { readonly kind: 'branch-deleted'; readonly ref: string }
  | { readonly kind: 'queued' }
  | { readonly kind: 'unqueued'; readonly reason: LeaveReason }
);

export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const;
export type ReactionContent = (typeof reactionContents)[number];

export interface Reaction {
  readonly id: number;
  readonly account: Account;
  readonly content: ReactionContent;
  readonly createdAt: number;
}

export interface Comment {
  readonly id: number;
  readonly repo: Repo;
  readonly number: number;
  readonly author: Account;
  /** The App it was written through. */
  readonly app: App | null;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly reactions: Reaction[];
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

export interface Review {
  readonly id: number;
  readonly author: Account;
  readonly body: string;
  state: ReviewState;
  readonly commit: string;
  readonly submittedAt: number;
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed';
export const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'stale',
] as const;
export type Conclusion = (typeof conclusions)[number];

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface CheckSuite {
  readonly id: number;
  readonly repo: Repo;
  readonly app: App;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly createdAt: number;
  updatedAt: number;
}

export interface CheckRun {
  readonly id: number;
  readonly repo: Repo;
  readonly app: App;
  readonly suite: CheckSuite;
  name: string;
  readonly headSha: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: CheckStatus;
  conclusion: Conclusion | null;
  startedAt: number | null;
  completedAt: number | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: Annotation[];
  actions: readonly CheckAction[];
}

export type StatusState = 'error' | 'failure' | 'pending' | 'success';

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: StatusState;
  readonly targetUrl: string | null;
  readonly description: string | null;
  readonly creator: Account;
  readonly createdAt: number;
}

/** Everything the hub knows; the functions beside this file work on it. */
export interface HubState {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly folder: string;
  readonly clock: Clock;
  /** `later`: a pull request's `mergeable` is null until somebody has asked once, as on GitHub. */
  readonly mergeability: 'at-once' | 'later';
  /** Of installation tokens: 40 characters, or a JWT behind the App's id. */
  readonly tokenShape: 'short' | 'long';
  /** Of each App that registers. */
  readonly newKey: () => Promise<AppKey>;
  /** May a fetch leave files out (`--filter`)? */
  readonly partialClone: boolean;
  /** Ids and numbers count up across all kinds. */
  nextId(): number;
  /** By lower-case login. */
  readonly accounts: Map<string, Account>;
  readonly repos: Map<number, Repo>;
  readonly teams: Map<number, Team>;
  /** Ids by what repositories were called before, `owner/name` in lower case. */
  readonly formerNames: Map<string, number>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, Token>;
  /** What people agreed to, by the code that their browsers carry. */
  readonly codes: Map<string, LoginCode>;
  /** Every attempt, oldest first. */
  readonly deliveries: Delivery[];
  /** Hands an event to the webhook sender; see `events.ts` for the one who builds it. */
  send(event: OutgoingEvent): void;
  /** Something happened that merge queues of the repository may wait for. They move on by themselves, later. */
  touch(repo: Repo): void;
}
