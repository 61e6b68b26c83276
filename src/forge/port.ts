import type { CheckUpsert } from '../domain/check.ts';
import type { Sha } from '../domain/ids.ts';
import type { MergeAnswer, MergeMethod, MergeWay } from '../domain/merging.ts';
import type { OpenAnswer, OpenWish, PullChange } from '../domain/own-pull.ts';
import type { Actor, Permission, Pull, PullRef, RepoRef, Review } from '../domain/pull.ts';
import type { EnvironmentProtection } from '../domain/rules/environment.ts';
import type { Authorship, MergeFacts } from '../domain/rules/merge-facts.ts';
import type { PullFacts } from '../domain/sighting.ts';
import type { PrimaryLimit } from '../domain/write-budget.ts';

/** Where Git fetches from, with the short-lived credential to do it. The token never goes into an argv, a URL or a file. */
export interface Remote {
  readonly url: string;
  readonly token: string;
  /** To be called when the token is needed no more: it is revoked soon after. */
  readonly done: () => void;
}

export type Reaction = 'eyes' | '+1' | '-1' | 'confused' | 'rocket';

export interface CommentUpsert {
  /** Id under which it was stored last time, if any. */
  readonly id: number | null;
  /** Hidden text, unique to this thing, that the body holds; finds the comment again when the id was lost. */
  readonly marker: string;
  readonly body: string;
}

/** An issue of our own. */
export interface IssueUpsert {
  /** Under which it was stored last time, if it was. */
  readonly number: number | null;
  /** Hidden text, unique to this issue, that the body holds; finds it again when the number was lost. */
  readonly marker: string;
  /** At most 256 characters. */
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly state: 'open' | 'closed';
}

/** An issue as it is now. Issues and pull requests share one number space. */
export interface Issue {
  /** With the repository's name of now. */
  readonly ref: PullRef;
  readonly title: string;
  readonly url: string;
  readonly state: 'open' | 'closed';
  /** Was it opened by our own App? */
  readonly isOurs: boolean;
}

/** A comment as the forge keeps it after a write. */
export interface WrittenComment {
  readonly id: number;
  /** Its text, as it will be read. */
  readonly body: string;
  /** When, Unix milliseconds by the forge's clock, which knows whole seconds. */
  readonly at: number;
}

/** What was put into the world at a commit, as people see it by environment. */
export interface DeploymentUpsert {
  readonly id: number | null;
  readonly sha: Sha;
  readonly environment: string;
  /** Tells the deployments of one environment apart that have nothing to do with each other; at most 100 characters. */
  readonly task: string;
  /** At most 140 characters. */
  readonly description: string;
  /** `run` is unlike that of any other, and finds the deployment again when the id was lost. */
  readonly payload: { readonly run: string } & Readonly<Record<string, string | number | null>>;
  readonly state: 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  /** About the state; at most 140 characters. */
  readonly said: string;
  readonly logUrl: string | null;
}

export interface Comment {
  readonly author: Actor;
  readonly body: string;
  /** When it was written, Unix milliseconds by the forge's clock, which knows whole seconds. */
  readonly createdAt: number;
  /** When it was edited last, by the same clock; its own time where it never was. Reactions are no edits. */
  readonly updatedAt: number;
  /** Milliseconds since it was written, both ends by the forge's own clock, which knows whole seconds. */
  readonly ageMs: number;
}

/** A comment of a repository's pull requests and issues, as a list has it. Times are Unix milliseconds by the forge's clock. */
export interface ListedComment {
  readonly id: number;
  /** Of the pull request, or of the issue. */
  readonly pullNumber: number;
  readonly isOnIssue: boolean;
  readonly author: Actor;
  readonly body: string;
  /** Id of the App it was written through, if any. */
  readonly viaAppId: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A list that is asked for again and again. */
export interface Listing<T> {
  /** Null: nothing has changed since `seen` was given out. */
  readonly items: readonly T[] | null;
  /** To be given along next time: what has not changed is then not sent again, and counts against no limit. */
  readonly seen: string;
  /** Requests that counted against the limit on requests. */
  readonly spent: number;
  /** Unix milliseconds, by the forge's clock, when it was asked first. */
  readonly at: number;
}

/** A team of an organisation. */
export interface Team {
  readonly organisation: string;
  readonly slug: string;
}

/** A merged pull request, by what it brought. */
export interface BroughtBy {
  readonly number: number;
  /** The branch that it was merged into. */
  readonly baseRef: string;
  readonly headSha: Sha;
  /** What the branch was left at. */
  readonly commit: Sha;
}

/** A webhook that none of its attempts brought to us. */
export interface FailedDelivery {
  /** Of its newest attempt. */
  readonly id: number;
  /** The same in all attempts: what `X-GitHub-Delivery` says. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** Milliseconds since its newest attempt, by the forge's clock. */
  readonly ageMs: number;
}

/** The pull request host. Every call reads or writes now; nothing is cached beyond tokens. */
export interface Forge {
  pull(ref: PullRef): Promise<Pull>;
  /**
   * The repository by its name of now, and its default branch. One request.
   *
   * @throws {ForgeError} `gone` when the name belongs to another repository by now.
   */
  repository(repo: RepoRef): Promise<{ readonly repo: RepoRef; readonly defaultBranch: string }>;
  /** Where a branch is; null where there is none that we may see. One request; needs `contents: read`. */
  tipOf(repo: RepoRef, branch: string): Promise<Sha | null>;
  /**
   * Merged pull requests of this repository that brought a commit, into whichever branch. GitHub may know it a moment after the
   * merge only. One request; needs `pull_requests: read`.
   * https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
   */
  mergesOf(repo: RepoRef, commit: Sha): Promise<readonly BroughtBy[]>;
  /** The open ones; `seen` is from the listing before. */
  openPulls(repo: RepoRef, seen?: string | null): Promise<Listing<PullFacts>>;
  /**
   * Comments on pull requests and issues that were written or changed at `since` or later (Unix milliseconds by the forge's clock),
   * newest change first. `seen` counts only with the same `since`.
   */
  comments(repo: RepoRef, since: number, seen?: string | null): Promise<Listing<ListedComment>>;
  /** Ids of the installations of the App, without suspended ones. */
  installations(): Promise<readonly number[]>;
  /** The repositories that an installation reaches. */
  repositories(installationId: number): Promise<readonly RepoRef[]>;
  /**
   * Webhooks of the App with attempts in the last `withinMs` milliseconds, none of which we took; oldest first.
   * `complete`: false where there were too many to look at all of them, and the oldest are missing.
   */
  failedDeliveries(
    withinMs: number,
  ): Promise<{ readonly failed: readonly FailedDelivery[]; readonly complete: boolean }>;
  /** Has the attempt made once more, with the same id. It comes in like any webhook, a while later. */
  redeliver(id: number): Promise<void>;
  /** All reviews, oldest first, as they are: dismissed ones too, and those of people who may do nothing here any more. */
  reviews(ref: PullRef): Promise<readonly Review[]>;
  /** What a user may do in the repository; `none` for strangers. */
  permission(repo: RepoRef, login: string): Promise<Permission>;
  /**
   * Who made what the pull request brings, and who pushed exactly this head. Two requests, one more for each hundred commits
   * above the first; needs `contents: read` and `pull_requests: read`.
   *
   * The pusher is the actor of the newest entry of the repository's activity that brought the head branch to this commit, in the
   * fork where it is one; null where that cannot be read, is not among the branch's newest hundred moves, or the account is gone.
   * The movers are the actors of the entries before it, back to the one that made the branch; null where one of them is not known.
   * https://docs.github.com/en/rest/repos/repos#list-repository-activities
   * Authors, co-authors (`Co-authored-by`) and committers are those of the pull request's first 250 commits whose addresses GitHub
   * knows, as people; bots by their addresses. `complete` is false too where an address is neither a person's nor a bot's
   * (`...[bot]@users.noreply.github.com`), and where the head is another one by now.
   * https://docs.github.com/en/graphql/reference/objects#commit
   */
  authorship(pull: PullRef, headSha: Sha): Promise<Authorship>;
  /**
   * How GitHub judges a merge into the base branch, and what it judges by. Six requests (one of them GraphQL, one point), one more
   * for each hundred commits, conversations, rules, check runs or statuses above the first, and one where GitHub's `blocked` hides
   * whether the head is behind a base branch that asks for the opposite (`behindBy`); needs `contents: read`,
   * `pull_requests: read`, `checks: read` and, without which `unknown` has `commit_statuses`, `statuses: read`.
   *
   * What rulesets ask is told to everybody. Of classic protection only the required checks are
   * (https://docs.github.com/en/rest/branches/branches#get-a-branch); whether approvals are missing is in GitHub's verdict over the
   * reviews; signatures and conversations are told to those who do not administer in some cases (`refUpdateRule`), and where they
   * are not, they are known to hold only where every commit is signed, or every conversation resolved. `strict` is true where
   * protection does not tell. Required deployments and a locked branch only `administration: read` shows: without it `unknown`
   * has `branch_protection` for every branch with classic protection.
   *
   * `mergeable` is null while GitHub works it out: to ask again is the caller's business.
   * https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-your-git-database#checking-mergeability-of-pull-requests
   *
   * @throws {ForgeError} `unavailable` too when the head moved while it was asked.
   */
  mergeFacts(pull: PullRef): Promise<MergeFacts>;
  /**
   * How the pull request can be merged. Two requests (one of them GraphQL, one point), one more for each hundred rules above the
   * first; needs `contents: read` and `pull_requests: read`. What classic protection lets through is told as far as it concerns
   * linear history.
   */
  mergeWay(pull: PullRef): Promise<MergeWay>;
  /**
   * Merges the pull request with exactly this head, or puts it into the merge queue where its base branch has one (the method is
   * the queue's own then). One that is merged already is refused; one that waits in the queue stays there. Needs
   * `contents: write` and `pull_requests: write`.
   * https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request
   * https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest
   *
   * @throws {ForgeError} not for what is refused; `unavailable` may have had its effect.
   */
  merge(pull: PullRef, wish: { readonly headSha: Sha; readonly method: MergeMethod }): Promise<MergeAnswer>;
  /**
   * A commit on top of a branch that changes no file; no branch holds it yet. Three requests; needs `contents: write`.
   * https://docs.github.com/en/rest/git/commits#create-a-commit
   */
  emptyCommit(
    repo: RepoRef,
    wish: { readonly onto: string; readonly message: string },
  ): Promise<Sha | 'not-permitted'>;
  /**
   * Makes the branch at that commit and opens a pull request from it. What is there already by an earlier call is taken as it is.
   * Where the pull request is refused, the branch is taken away again. Two requests, up to four more where one was made before or is
   * refused; needs `contents: write` and `pull_requests: write`.
   * https://docs.github.com/en/rest/git/refs#create-a-reference
   * https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
   *
   * @throws {ForgeError} not for what is refused; `unavailable` may have had its effect.
   */
  openPull(repo: RepoRef, wish: OpenWish): Promise<OpenAnswer>;
  /**
   * Edits a pull request of our own, and closes it where that is wanted; one that is closed stays so. False: it is gone, or the App may
   * not. One request; needs `pull_requests: write`. https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request
   */
  changePull(pull: PullRef, change: PullChange): Promise<boolean>;
  /**
   * Takes a branch of our own away that is still at that commit, where the App may; else nothing happens. Two requests; needs
   * `contents: write`. https://docs.github.com/en/rest/git/refs#delete-a-reference
   */
  dropBranch(repo: RepoRef, wish: Pick<OpenWish, 'branch' | 'commit'>): Promise<void>;
  /**
   * Is somebody in the team, or in one below it ("Team members will include the members of child teams")? Null where the team is
   * not there or not ours to see; teams of other organisations than the repository's are never ours to see. One request for a
   * member, two for others; needs the organisation's `members: read`, without which every answer is null.
   * https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user
   */
  isMember(repo: RepoRef, team: Team, login: string): Promise<boolean | null>;
  /**
   * What protects an environment, for deployments from this branch. `none`: there is none of that name; `not-permitted`: the App may
   * not read environments. One request, a second where branches are restricted (with another for each hundred patterns above the
   * first); needs `actions: read` and `contents: read`. Reviewers' teams are those of the repository's owner. Rules that an App of
   * somebody's answers are not told. https://docs.github.com/en/rest/deployments/environments#get-an-environment
   */
  environment(
    repo: RepoRef,
    name: string,
    branch: string,
  ): Promise<EnvironmentProtection | 'none' | 'not-permitted'>;
  /**
   * An issue by its number; null where there is none that we may see: a pull request is none. One request; needs `issues: read`.
   * https://docs.github.com/en/rest/issues/issues#get-an-issue
   */
  issue(ref: PullRef): Promise<Issue | null>;
  /**
   * Creates or edits one issue of our own, closes or reopens it, and returns its number. One whose number is not known, or is gone, is
   * looked for by the marker, in issues that our own App opened only; where there is none and it is to be closed, none is made
   * (`none`). `not-permitted`: the App may not write issues, or the repository has none. One request where the number is known; else
   * two, one more for each hundred issues that we opened there; needs `issues: write`.
   * https://docs.github.com/en/rest/issues/issues#create-an-issue
   */
  upsertIssue(repo: RepoRef, issue: IssueUpsert): Promise<number | 'none' | 'not-permitted'>;
  /** A comment of this pull request, or issue, as it is now; null when it is gone, or is somewhere else's. */
  comment(pull: PullRef, commentId: number): Promise<Comment | null>;
  /**
   * The comment that was written through our own App and holds the marker; null where there is none, or no pull request. `spent`:
   * requests, one for each hundred comments.
   */
  ourComment(
    pull: PullRef,
    marker: string,
  ): Promise<{ readonly body: string | null; readonly spent: number }>;
  /**
   * Creates or edits one comment and returns it as it is kept. A stored id that is gone is looked for by
   * the marker, in comments written through our own App only.
   */
  upsertComment(pull: PullRef, comment: CommentUpsert): Promise<WrittenComment>;
  /** Adding the same reaction twice is one reaction. A comment that is gone is not an error. */
  react(repo: RepoRef, commentId: number, reaction: Reaction): Promise<void>;
  /**
   * Creates or updates the check of that name on that commit and returns its id. One that was
   * completed and begins again is a new check, with a new id: completed ones never go back. So is one that has annotations which it
   * shall not have: they can be added and never taken away. What is there is not added again, so it may be repeated. One request
   * more where `annotations` are given.
   */
  upsertCheck(repo: RepoRef, check: CheckUpsert): Promise<number>;
  /**
   * Makes the deployment where there is none, adds a status where the newest says something else, and returns its id. Others are
   * left as they are. Null: the App may not, which is not an error. Two requests where the id is known, four where it is made;
   * needs `deployments: write`. https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
   */
  upsertDeployment(repo: RepoRef, deployment: DeploymentUpsert): Promise<number | null>;
  /**
   * Makes or moves a ref below `refs/tidegate/`, which is ours, and no other. False: the App may not, or the forge does not want it,
   * which is not an error. One request, two where it is new; needs `contents: write`.
   * https://docs.github.com/en/rest/git/refs#update-a-reference
   */
  putRef(repo: RepoRef, wish: { readonly ref: string; readonly sha: Sha }): Promise<boolean>;
  /**
   * What the token may do to the repository's contents: read them, or push as well, which needs `contents: write`.
   *
   * @throws {ForgeError} `refused` where the App may not push.
   */
  remote(repo: RepoRef, access?: 'read' | 'write'): Promise<Remote>;
  /** What the last answer said of an installation's hourly limit; asks nobody. Null: not known. */
  primaryLimit(installationId: number): PrimaryLimit | null;
}

/** How a call failed, in the terms a caller can act on. */
export type ForgeFailure =
  /** 404 or 410: gone, or not ours to see. */
  | 'gone'
  /** 422 and other 4xx but 401 and 408: sending it again cannot help. */
  | 'refused'
  /** 403 with rate headers, 429. */
  | 'limited'
  /** 5xx, network, time-out, credentials that do not work now: the call may have had its effect. */
  | 'unavailable';

export class ForgeError extends Error {
  readonly failure: ForgeFailure;
  /** Milliseconds the forge asked us to wait; null where it did not say. */
  readonly retryAfterMs: number | null;
  /** What the forge itself said, for people; null where it said nothing, or there is nothing to be told of it. */
  readonly words: string | null;

  constructor(
    failure: ForgeFailure,
    message: string,
    retryAfterMs: number | null = null,
    options?: ErrorOptions & { readonly words?: string },
  ) {
    super(message, options);
    this.name = 'ForgeError';
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
    this.words = options?.words ?? null;
  }
}
