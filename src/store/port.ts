import type { AuditEvent } from '../domain/audit.ts';
import type { AuditHead } from '../domain/audit-head.ts';
import type { Batch } from '../domain/batch.ts';
import type { AppliedCommit, Due, DueEnding } from '../domain/due.ts';
import type { BatchId, PlanDigest, PressId, ProjectKey, RunId, Sha } from '../domain/ids.ts';
import type { Isolation } from '../domain/isolation.ts';
import type { Lock, Waiter } from '../domain/lock.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import type { MergeAsk } from '../domain/merging.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { RepoRef } from '../domain/pull.ts';
import type { Rebuild } from '../domain/rebuild.ts';
import type { BoardHistory } from '../domain/rules/board-history.ts';
import type { Override } from '../domain/rules/override.ts';
import type { Requirement } from '../domain/rules/requirement.ts';
import type { Plan, Run, RunEvent, RunState, RunVerb } from '../domain/run.ts';
import type { PullFacts, Sighting } from '../domain/sighting.ts';
import type { Delivery } from '../domain/trigger.ts';
import type { Trust } from '../domain/trust/trust.ts';
import type { ConsumerLooks, UsedModulesRows } from './consumers/port.ts';
import type { Convergences } from './convergences/port.ts';
import type { Corrections } from './corrections/port.ts';
import type { DriftIssues } from './drift-issues/port.ts';
import type { DriftPulls } from './drift-pulls/port.ts';
import type { Drifts } from './drifts/port.ts';
import type { Followups } from './followups/port.ts';
import type { Notifications } from './notifications/port.ts';
import type { Pendings } from './pendings/port.ts';
import type { Previews } from './previews/port.ts';
import type { Pruning } from './pruning/port.ts';
import type { Reports } from './reports/port.ts';
import type { Rollbacks } from './rollbacks/port.ts';
import type { Suspensions } from './suspensions/port.ts';
import type { TagRows } from './tags/port.ts';
import type { TrackedRows } from './tracked/port.ts';

/** A pull request, by the repository's numeric id: names change. */
export interface PullKey {
  readonly repositoryId: number;
  readonly pullNumber: number;
}

export interface Deliveries {
  /**
   * Durable when it resolves. `known`: a delivery of this id, or of the same comment, is there already, nothing was
   * changed: one comment is one command, however often and under whatever id it is delivered. With a reason it is
   * finished as ignored from the start.
   */
  record(delivery: Delivery, ignored?: string): Promise<'new' | 'known'>;
  /** The first `limit` of those not finished and not in `except`, in the order in which they were recorded. */
  pending(limit: number, except?: ReadonlySet<string>): Promise<readonly Delivery[]>;
  /** The text of a comment as it was when it was created; null where no delivery of it is kept. */
  commentOf(repositoryId: number, commentId: number): Promise<string | null>;
  /** Is that press of a button on record, still? */
  isPress(repositoryId: number, press: PressId): Promise<boolean>;
  /** The newest press of a button on a pull request; null where there is none, or none is kept any more. */
  lastPress(pull: PullKey): Promise<PressId | null>;
  finish(id: string, outcome: 'done' | 'ignored' | 'failed', reason: string | null): Promise<void>;
  /** Of one pull request: how many wait, and how many that came at `since` (Unix milliseconds) or later were put aside. */
  ofPull(pull: PullKey, since: number): Promise<{ readonly pending: number; readonly failed: number }>;
  /** How many were put aside, of those that are still kept. */
  putAside(): Promise<number>;
  /** How many wait, and since when the first of them does (Unix milliseconds; null when none waits). */
  backlog(): Promise<{ readonly pending: number; readonly oldestAt: number | null }>;
}

export interface Batches {
  /** `known`: a batch of the same comment or press, or of the same id, is there already, nothing was changed. */
  add(batch: Batch): Promise<'new' | 'known'>;
  /** Its followers of which it turned out that an output they use changes are among the affected from now on: all of those, in order. */
  widen(id: BatchId, affected: readonly Project[]): Promise<void>;
  get(id: BatchId): Promise<Batch | null>;
  /** The newest batch of that verb: the last that was added. */
  latest(pull: PullKey, verb: RunVerb): Promise<Batch | null>;
  /** The newest batch of plans of that commit that has no problem. */
  latestSound(pull: PullKey, headSha: Sha): Promise<Batch | null>;
  /** The last commits of a pull request that plans were asked of, newest first, each once; at most `limit` of them. */
  heads(pull: PullKey, limit: number): Promise<readonly Sha[]>;
  /** Every repository that there is a batch of, under the name that its newest pull request knew. */
  repositories(): Promise<readonly RepoRef[]>;
}

/** What an event brings along. Fields that are not given stay as they are. */
export interface RunChange {
  readonly plan?: Plan;
  readonly problem?: Problem | null;
  readonly output?: string | null;
  readonly isolation?: Isolation;
}

/** How many runs of a verb are in a state. */
export interface RunCount {
  readonly verb: RunVerb;
  readonly state: RunState;
  readonly runs: number;
}

/** Which runs a list shows. */
export interface RunsWish {
  /** Ids; null: of any. Nothing is shown of others. */
  readonly repositories: readonly number[] | null;
  readonly pullNumber: number | null;
  readonly states: readonly RunState[] | null;
  /** Where the page before ended; null begins with the newest. */
  readonly before: number | null;
  readonly limit: number;
}

/** A run without its plan and what its tool printed. */
export type ListedRun = Omit<Run, 'plan' | 'spent' | 'output'> & { readonly repo: RepoRef };

export interface RunsPage {
  readonly runs: readonly ListedRun[];
  /** Where to go on; null at the end. The next page may be empty and still not the end. */
  readonly next: number | null;
}

export interface Runs {
  add(run: Run): Promise<void>;
  get(id: RunId): Promise<Run | null>;
  /** All runs of a pull request that are the newest of their project and verb: the last that were added, whatever the clock said. */
  latest(pull: PullKey): Promise<readonly Run[]>;
  inState(states: readonly RunState[]): Promise<readonly Run[]>;
  ofPull(pull: PullKey, states: readonly RunState[]): Promise<readonly Run[]>;
  /** The newest of a pull request's plans of a project that means this, whatever became of it; null where none is kept. */
  planOf(pull: PullKey, project: ProjectKey, digest: PlanDigest): Promise<Run | null>;
  /** The plan of its project and pull request that was made before this one, whatever became of it; null where none is kept. */
  planBefore(plan: Run): Promise<Run | null>;
  /** Pull requests of a repository whose newest plan of that project stands. */
  standing(repositoryId: number, project: ProjectKey): Promise<readonly PullKey[]>;
  /**
   * Plans that are the newest of their project, stand and were not taken, of projects that a rule lets be applied by itself, or that
   * ask for one of these kinds of requirements before an apply.
   */
  waiting(kinds: readonly Requirement['kind'][]): Promise<readonly Run[]>;
  /** In the order in which they were added. */
  ofBatch(batch: BatchId): Promise<readonly Run[]>;
  /** Newest first: the last that was added. Looks at a few thousand runs at most where not one repository is asked for. */
  listed(wish: RunsWish): Promise<RunsPage>;
  /** Pairs of verb and state without a run are left out. Costs as much as there are runs in these states. */
  counts(states: readonly RunState[]): Promise<readonly RunCount[]>;
  /**
   * Moves a run by `next`; sets `startedAt` or `endedAt`. An apply that is called off has no `startedAt` any more, and gives the plan
   * that it took back, all or nothing. Returns the run as it is afterwards, or
   * null, with nothing changed, when its state does not allow the event: somebody else was first.
   */
  move(id: RunId, event: RunEvent, at: number, change?: RunChange): Promise<Run | null>;
  /**
   * Takes the plan for one apply, for ever; only an apply that is called off before its tool started gives it back (`move`). `false`: it
   * was taken before, or is not in state `planned`. A unique index decides, so two callers can never both get `true` (promise 3).
   */
  spend(planRunId: RunId, applyRunId: RunId, at: number): Promise<boolean>;
  /** Makes a plan that nobody took unusable (unlock, close), one that still runs too. */
  void(planRunId: RunId, at: number): Promise<void>;
}

export interface Locks {
  get(project: ProjectKey): Promise<Lock | null>;
  ofPull(pull: PullKey): Promise<readonly Lock[]>;
  all(): Promise<readonly Lock[]>;
  /** Takes the lock, or tells who has it. Taking one's own lock again changes nothing. */
  acquire(project: ProjectKey, pull: PullKey, at: number): Promise<Lock>;
  /** Removes the lock if that pull request holds it. */
  release(project: ProjectKey, pull: PullKey): Promise<boolean>;
  releaseAtEnd(project: ProjectKey, pull: PullKey): Promise<void>;
  /** Joins the line; keeps its place when already in it. */
  wait(project: ProjectKey, pull: PullKey, at: number): Promise<void>;
  waiters(project: ProjectKey): Promise<readonly Waiter[]>;
  waitsOf(pull: PullKey): Promise<readonly Waiter[]>;
  leave(project: ProjectKey, pull: PullKey): Promise<void>;
  counts(): Promise<{ readonly held: number; readonly waiting: number }>;
}

export interface Audit {
  /** Adds it to the end of the chain. */
  append(event: AuditEvent): Promise<void>;
  ofPull(pull: PullKey): Promise<readonly AuditEvent[]>;
  /** Of one run, oldest first. */
  ofRun(run: RunId): Promise<readonly AuditEvent[]>;
  /** Those behind row `seq`, oldest first, `limit` at most. */
  after(seq: number, limit: number): Promise<readonly (AuditEvent & { readonly seq: number })[]>;
  /** The newest row, or number 0 where there is none. Its signature is null where it is not the one that we left. */
  head(): Promise<AuditHead>;
}

/** What pull requests looked like when they were followed last. */
export interface Sightings {
  /** In the place of what was seen before. */
  note(repositoryId: number, facts: PullFacts, at: number): Promise<void>;
  /** It was there when we came: kept unless something is known of it already, with revision 0. */
  meet(repositoryId: number, facts: PullFacts, at: number): Promise<void>;
  get(pull: PullKey): Promise<Sighting | null>;
  /** When one of a repository was followed last, Unix milliseconds; null for never. */
  latest(repositoryId: number): Promise<number | null>;
  /** Those of a repository that were open. */
  open(repositoryId: number): Promise<readonly Sighting[]>;
}

/** Whose word lets the code of a pull request's newest commit run. */
export interface Trusts {
  /** In the place of the word before: there is one for a pull request. */
  give(trust: Trust): Promise<void>;
  get(pull: PullKey): Promise<Trust | null>;
  end(pull: PullKey): Promise<void>;
}

/** Whose word stands for all of an environment. */
export interface Rebuilds {
  /** In the place of the word before: there is one for a pull request. */
  put(rebuild: Rebuild): Promise<void>;
  get(pull: PullKey): Promise<Rebuild | null>;
  end(pull: PullKey): Promise<void>;
}

/** Who let which plan pass a policy that says no. */
export interface Overrides {
  /** In the place of one of the same plan and policy. */
  give(override: Override): Promise<void>;
  /** Oldest first. */
  ofPull(pull: PullKey): Promise<readonly Override[]>;
}

/** Applies that are shown as deployments of an environment. */
export interface Deployments {
  /** Once for a run: later calls change nothing. */
  begin(run: RunId, project: ProjectKey): Promise<void>;
  has(run: RunId): Promise<boolean>;
  /** The apply of the same project that took its place; null while none did. */
  replacedBy(run: RunId): Promise<RunId | null>;
  /** All others of the project that nothing took the place of are replaced by this one. Returns these. */
  replace(project: ProjectKey, by: RunId): Promise<readonly RunId[]>;
}

/** Pull requests that are to be merged by themselves. */
export interface MergeAsks {
  /** In the place of the one before: there is one for a pull request. */
  put(ask: MergeAsk): Promise<void>;
  get(pull: PullKey): Promise<MergeAsk | null>;
  /** Of all repositories, the one that was tried longest ago first. */
  all(): Promise<readonly MergeAsk[]>;
  end(pull: PullKey): Promise<void>;
}

/** What the comment of a pull request showed, and when. */
export interface BoardHistories {
  get(pull: PullKey): Promise<BoardHistory | null>;
  put(pull: PullKey, history: BoardHistory): Promise<void>;
}

/** Applies that merges ask for. */
export interface Dues {
  /** `known`: the pull request has one of that project already, nothing was changed. */
  add(due: Due): Promise<'new' | 'known'>;
  /** Of a pull request, ended ones too. */
  ofPull(pull: PullKey): Promise<readonly Due[]>;
  /** Those of a project, or of all, that have not ended, as they were merged. */
  open(project: ProjectKey | null): Promise<readonly Due[]>;
  /** False, with nothing done, where it has ended already, or there is none. */
  end(pull: PullKey, project: ProjectKey, ending: DueEnding, at: number): Promise<boolean>;
}

/** From which commit of the base branch each project was applied last, or an apply of it was begun, however that ended. */
export interface AppliedCommits {
  get(project: ProjectKey): Promise<AppliedCommit | null>;
  /** In the place of what was there: the caller knows that it is newer. */
  put(applied: AppliedCommit): Promise<void>;
}

/** Commits of merge queues that we were asked about. */
export interface MergeGroups {
  /** `known`: we were asked about it before, nothing was changed. */
  add(group: MergeGroup): Promise<'new' | 'known'>;
  get(repositoryId: number, commit: Sha): Promise<MergeGroup | null>;
  /** The last that was added of a pull request. */
  latest(pull: PullKey): Promise<MergeGroup | null>;
  /** Those without an answer, oldest first. */
  checking(): Promise<readonly MergeGroup[]>;
  /** False, with nothing changed, where it has its answer. */
  answer(
    repositoryId: number,
    commit: Sha,
    answer: Pick<MergeGroup, 'state' | 'headSha' | 'answers'>,
  ): Promise<boolean>;
}

/** How far something came, by name, as JSON. Who reads it checks it. */
export interface Cursors {
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown): Promise<void>;
}

export interface StoreTables {
  readonly deliveries: Deliveries;
  readonly batches: Batches;
  readonly runs: Runs;
  readonly locks: Locks;
  readonly reports: Reports;
  readonly audit: Audit;
  readonly pruning: Pruning;
  readonly sightings: Sightings;
  readonly cursors: Cursors;
  readonly trusts: Trusts;
  readonly rebuilds: Rebuilds;
  readonly boardHistories: BoardHistories;
  readonly overrides: Overrides;
  readonly mergeAsks: MergeAsks;
  readonly deployments: Deployments;
  readonly dues: Dues;
  readonly mergeGroups: MergeGroups;
  readonly appliedCommits: AppliedCommits;
  readonly begunCommits: AppliedCommits;
  readonly followups: Followups;
  readonly rollbacks: Rollbacks;
  readonly pendings: Pendings;
  readonly usedModules: UsedModulesRows;
  readonly consumers: ConsumerLooks;
  readonly tracked: TrackedRows;
  readonly previews: Previews;
  readonly notifications: Notifications;
  readonly suspensions: Suspensions;
  readonly drifts: Drifts;
  readonly driftIssues: DriftIssues;
  readonly driftPulls: DriftPulls;
  readonly convergences: Convergences;
  readonly corrections: Corrections;
  readonly tags: TagRows;
}

/** What must survive. Every method is durable when it resolves. */
export interface Store extends StoreTables {
  /** All or nothing. Inside, only the given tables may be used; transactions do not nest. */
  transact<T>(work: (tables: StoreTables) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
