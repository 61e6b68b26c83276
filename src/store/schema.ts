import type { Generated } from 'kysely';
import type { ConvergenceTables } from './convergences/schema.ts';
import type { CorrectionsTable } from './corrections/schema.ts';
import type { DriftIssuesTable } from './drift-issues/schema.ts';
import type { DriftPullsTable } from './drift-pulls/schema.ts';
import type { DriftsTable } from './drifts/schema.ts';
import type { FollowupsTable } from './followups/schema.ts';
import type { NotificationMessagesTable, NotificationsTable } from './notifications/tables.ts';
import type { PreviewsTable } from './previews/table.ts';
import type { RollbacksTable } from './rollbacks/schema.ts';
import type { SuspensionsTable } from './suspensions/schema.ts';
import type { KeptTagsTable, TaggedTable } from './tags/schema.ts';
import type { TrackedHistoryTable, TrackedTable } from './tracked/schema.ts';

/**
 * The tables as the newest migration leaves them. Columns ending in `_at`, and `since`, are Unix milliseconds; columns ending in
 * `_json` hold JSON as text; flags are 0 or 1. `seq` is given by the database and says which row came first.
 */
export interface Tables extends ConvergenceTables {
  deliveries: DeliveriesTable;
  batches: BatchesTable;
  runs: RunsTable;
  run_texts: RunTextsTable;
  latest_runs: LatestRunsTable;
  spent_plans: SpentPlansTable;
  locks: LocksTable;
  lock_waiters: LockWaitersTable;
  reports: ReportsTable;
  forge_writes: ForgeWritesTable;
  audit_events: AuditEventsTable;
  audit_head: AuditHeadTable;
  sightings: SightingsTable;
  cursors: CursorsTable;
  trusts: TrustsTable;
  rebuilds: RebuildsTable;
  board_histories: BoardHistoriesTable;
  policy_overrides: PolicyOverridesTable;
  dues: DuesTable;
  merge_groups: MergeGroupsTable;
  applied_commits: AppliedCommitsTable;
  begun_commits: AppliedCommitsTable;
  followups: FollowupsTable;
  pendings: PendingsTable;
  used_modules: UsedModulesTable;
  consumer_looks: ConsumerLooksTable;
  previews: PreviewsTable;
  suspensions: SuspensionsTable;
  drifts: DriftsTable;
  merge_asks: MergeAsksTable;
  deployments: DeploymentsTable;
  tracked: TrackedTable;
  tracked_history: TrackedHistoryTable;
  notifications: NotificationsTable;
  notification_messages: NotificationMessagesTable;
  drift_issues: DriftIssuesTable;
  drift_pulls: DriftPullsTable;
  kept_tags: KeptTagsTable;
  tagged: TaggedTable;
  rollbacks: RollbacksTable;
  corrections: CorrectionsTable;
  applied_migrations: AppliedMigrationsTable;
}

interface DeploymentsTable {
  run_id: string;
  project_key: string;
  replaced_by: string | null;
}

interface DuesTable {
  repository_id: number;
  pull_number: number;
  project_key: string;
  commit_sha: string;
  approved_digest: string | null;
  merged_by_json: string | null;
  merged_at: number;
  ending: string | null;
  ended_at: number | null;
}

interface MergeGroupsTable {
  seq: Generated<number>;
  repository_id: number;
  repo_json: string;
  pull_number: number;
  commit_sha: string;
  branch: string;
  head_sha: string | null;
  state: string;
  answers_json: string;
}

interface AppliedCommitsTable {
  project_key: string;
  commit_sha: string;
  pull_number: number;
  applied_at: number;
}

interface PendingsTable {
  seq: Generated<number>;
  repository_id: number;
  repo_json: string;
  project_key: string;
  project_name: string;
  branch: string;
  commit_sha: string;
  before_sha: string;
  commits: number;
  forced: number;
  pushed_by_json: string | null;
  pushed_at: number;
  ending: string | null;
  ended_at: number | null;
}

interface UsedModulesTable {
  repository_id: number;
  repo_json: string;
  branch: string;
  commit_sha: string;
  projects_json: string;
}

interface ConsumerLooksTable {
  seq: Generated<number>;
  repository_id: number;
  repo_json: string;
  pull_number: number;
  comment_id: number;
  actor_json: string;
  state: string;
  found_json: string;
  asked_at: number;
}

interface MergeAsksTable {
  repository_id: number;
  pull_number: number;
  repo_json: string;
  head_sha: string;
  outcome: string;
  reason: string | null;
  since: number;
  asked_at: number;
}

interface PolicyOverridesTable {
  repository_id: number;
  pull_number: number;
  project_key: string;
  policy: string;
  plan_digest: string;
  about_json: string | null;
  actor_json: string;
  reason: string;
  comment_id: number;
  written_at: number;
  given_at: number;
}

interface BoardHistoriesTable {
  repository_id: number;
  pull_number: number;
  history_json: string;
}

interface DeliveriesTable {
  seq: Generated<number>;
  id: string;
  event: string;
  action: string | null;
  repository: string | null;
  trigger_json: string | null;
  received_at: number;
  /** `pending`, `done`, `ignored` or `failed`. */
  state: string;
  reason: string | null;
  finished_at: number | null;
  /** What its trigger is about; null where it asks nothing. */
  repository_id: number | null;
  pull_number: number | null;
  /** Unique within the repository: of one comment there is one delivery. */
  comment_id: number | null;
  /** Unique within the repository: of one press of a button there is one delivery. */
  press_id: string | null;
}

interface BatchesTable {
  seq: Generated<number>;
  id: string;
  repository_id: number;
  repo_json: string;
  pull_number: number;
  verb: string;
  head_sha: string;
  base_sha: string;
  tree: string | null;
  actor_json: string | null;
  /** Unique within the repository: one comment is one command. */
  comment_id: number | null;
  /** Unique within the repository, as well. */
  press_id: string | null;
  affected_json: string;
  /** Null: there are none. */
  followers_json: string | null;
  selected_json: string;
  skipped_json: string;
  not_taken_json: string;
  left_json: string;
  held_json: Generated<string>;
  rules_after_merge: Generated<number>;
  cause: Generated<string>;
  notes_json: string | null;
  break_glass_json: string | null;
  problem_json: string | null;
  created_at: number;
}

interface RunsTable {
  seq: Generated<number>;
  id: string;
  batch_id: string;
  repository_id: number;
  pull_number: number;
  project_key: string;
  project_json: string;
  verb: string;
  state: string;
  head_sha: string;
  base_sha: string;
  tree: string;
  actor_json: string | null;
  extra_json: string;
  plan_run_id: string | null;
  artifact_digest: string | null;
  inputs_digest: string | null;
  plan_digest: string | null;
  tool_version: string | null;
  problem_json: string | null;
  isolation: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** New with each write of its texts; null: none, or written before there were such names. */
  texts_id: string | null;
}

/** What is long about a run, megabytes for a large plan. Apart, so that a change of state does not write it again. */
interface RunTextsTable {
  run_id: string;
  output: string | null;
  summary_json: string | null;
  /** Null where no program was asked. */
  policies_json: string | null;
  /** As in `runs`: retention walks through the long texts only. */
  ended_at: number | null;
}

/** Points at the newest run of every project and verb, so that past runs cost a reader nothing. */
interface LatestRunsTable {
  repository_id: number;
  pull_number: number;
  project_key: string;
  verb: string;
  run_id: string;
  run_created_at: number;
}

/** One row per plan that can never be applied (again). Its primary key is what promise 3 stands on. */
interface SpentPlansTable {
  plan_run_id: string;
  /** Null: voided, no apply took it. */
  apply_run_id: string | null;
  spent_at: number;
}

interface LocksTable {
  project_key: string;
  repository_id: number;
  pull_number: number;
  since: number;
  release_at_end: number;
}

interface LockWaitersTable {
  seq: Generated<number>;
  project_key: string;
  repository_id: number;
  pull_number: number;
  since: number;
}

interface ReportsTable {
  seq: Generated<number>;
  repository_id: number;
  pull_number: number;
  thing: string;
  repository_owner: string;
  repository_name: string;
  installation_id: number;
  wanted: number;
  sent: number;
  external_id: number | null;
  content_json: string | null;
  attempts: number;
  due_at: number;
  parked: string | null;
  priority: Generated<number>;
  /** When the oldest wish that is not sent fell due. */
  since: Generated<number>;
  /** `wanted` of the wish that is being sent; not above `sent`: none is. */
  taken: Generated<number>;
  /** When what was sent last was read from the store. */
  told_at: number | null;
  /** Was that progress? */
  early: Generated<number>;
  /** Of what was sent last; null where nobody knows what is there. */
  digest: string | null;
  /** A text of this length was refused. */
  refused_bytes: number | null;
}

/** How many writes an installation sent, by the minute; only the last hour is kept. */
interface ForgeWritesTable {
  installation_id: number;
  minute_at: number;
  writes: number;
}

interface AuditEventsTable {
  seq: Generated<number>;
  at: number;
  kind: string;
  actor: string | null;
  repository_id: number;
  pull_number: number | null;
  run_id: string | null;
  facts_json: string;
  /** Of this row and all before it, see `domain/audit-chain.ts`. */
  hash: string;
}

/** One row: the newest of `audit_events`. */
interface AuditHeadTable {
  /** Always 1. */
  one: number;
  seq: number;
  hash: string;
  signature: string | null;
}

interface SightingsTable {
  repository_id: number;
  pull_number: number;
  /** `open` or `closed`. */
  state: string;
  head_sha: string;
  base_ref: string;
  draft: number;
  revision: number;
  seen_at: number;
}

interface CursorsTable {
  name: string;
  value_json: string;
}

/** One row per pull request: the word on its newest commit. */
interface RebuildsTable {
  repository_id: number;
  pull_number: number;
  environment: string;
  head_sha: string;
  actor_json: string;
  comment_id: number;
  asked_at: number;
}

interface TrustsTable {
  repository_id: number;
  pull_number: number;
  head_sha: string;
  actor_json: string;
  comment_id: number;
  given_at: number;
}

interface AppliedMigrationsTable {
  name: string;
  applied_at: number;
}
