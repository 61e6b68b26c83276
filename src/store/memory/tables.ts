import type { AuditEvent } from '../../domain/audit.ts';
import type { AuditHead } from '../../domain/audit-head.ts';
import type { Batch } from '../../domain/batch.ts';
import type { ConsumersLook, UsedModules } from '../../domain/consumers.ts';
import type { Convergence } from '../../domain/convergence/convergence.ts';
import type { Unsettled } from '../../domain/convergence/unsettled.ts';
import type { Correction } from '../../domain/drift/correction.ts';
import type { Drift } from '../../domain/drift/drift.ts';
import type { DriftIssue } from '../../domain/drift/issue.ts';
import type { DriftPull } from '../../domain/drift/pull.ts';
import type { AppliedCommit, Due } from '../../domain/due.ts';
import type { Followup } from '../../domain/followup.ts';
import type { PressId, ProjectKey, RunId, Sha } from '../../domain/ids.ts';
import type { Lock, Waiter } from '../../domain/lock.ts';
import type { MergeGroup } from '../../domain/merge-group.ts';
import type { MergeAsk } from '../../domain/merging.ts';
import type { Pending } from '../../domain/pending.ts';
import type { Rebuild } from '../../domain/rebuild.ts';
import type { Rollback } from '../../domain/rollback.ts';
import type { BoardHistory } from '../../domain/rules/board-history.ts';
import type { Override } from '../../domain/rules/override.ts';
import type { Run } from '../../domain/run.ts';
import type { Sighting } from '../../domain/sighting.ts';
import type { Suspension } from '../../domain/suspension.ts';
import type { Tagged } from '../../domain/tags/tagged.ts';
import type { HistoryEntry, Tracked } from '../../domain/tracked.ts';
import type { Delivery } from '../../domain/trigger.ts';
import type { Trust } from '../../domain/trust/trust.ts';
import type { PullKey } from '../port.ts';
import type { Report } from '../reports/port.ts';
import type { NotificationRow } from './notifications.ts';
import type { PreviewRow } from './previews.ts';
import type { Database, Rows } from './rows.ts';

export interface DeliveryRow {
  readonly delivery: Delivery;
  readonly pull: PullKey | null;
  readonly commentId: number | null;
  readonly press: PressId | null;
  readonly state: 'pending' | 'done' | 'ignored' | 'failed';
  readonly finishedAt: number | null;
}

/** Rises with every row that is added: where a walk in pages goes on. */
interface Numbered {
  readonly seq: number;
}

export interface RunRow extends Numbered {
  readonly run: Run;
}

export interface ReportRow extends Numbered {
  readonly report: Report;
  /** The wish that is being sent; 0 for none. */
  readonly taken: number;
}

export interface WritesRow {
  readonly installationId: number;
  readonly minuteAt: number;
  readonly writes: number;
}

interface DeploymentRow {
  readonly run: RunId;
  readonly project: ProjectKey;
  readonly replacedBy: RunId | null;
}

/** What the store holds, under the names that the tables have in the file. */
export interface MemoryTables {
  readonly deliveries: Rows<string, DeliveryRow>;
  readonly batches: Rows<string, Batch>;
  readonly runs: Rows<RunId, RunRow>;
  /** The newest run by pull request, project and verb. */
  readonly latestRuns: Rows<string, RunId>;
  /** By plan; null where it was voided. */
  readonly spentPlans: Rows<RunId, RunId | null>;
  readonly locks: Rows<ProjectKey, Lock>;
  readonly waiters: Rows<string, Waiter>;
  readonly reports: Rows<string, ReportRow>;
  readonly forgeWrites: Rows<string, WritesRow>;
  readonly audit: Rows<number, AuditEvent>;
  readonly auditHead: Rows<'head', AuditHead>;
  readonly sightings: Rows<string, Sighting>;
  readonly cursors: Rows<string, unknown>;
  readonly trusts: Rows<string, Trust>;
  readonly rebuilds: Rows<string, Rebuild>;
  readonly boardHistories: Rows<string, BoardHistory>;
  readonly overrides: Rows<string, Override>;
  readonly mergeAsks: Rows<string, MergeAsk>;
  readonly deployments: Rows<RunId, DeploymentRow>;
  readonly dues: Rows<string, Due>;
  readonly mergeGroups: Rows<string, MergeGroup>;
  readonly appliedCommits: Rows<ProjectKey, AppliedCommit>;
  readonly begunCommits: Rows<ProjectKey, AppliedCommit>;
  readonly followups: Rows<string, Followup>;
  readonly rollbacks: Rows<string, Rollback>;
  readonly pendings: Rows<string, Pending>;
  readonly usedModules: Rows<number, UsedModules>;
  readonly consumerLooks: Rows<string, ConsumersLook>;
  readonly tracked: Rows<ProjectKey, Tracked>;
  readonly driftIssues: Rows<ProjectKey, DriftIssue>;
  /** By project and attempt. */
  readonly driftPulls: Rows<string, DriftPull>;
  readonly corrections: Rows<ProjectKey, Correction>;
  readonly keptTags: Rows<number, readonly (readonly [tag: string, commit: Sha])[]>;
  readonly tagged: Rows<ProjectKey, Tagged>;
  readonly trackedHistory: Rows<ProjectKey, readonly HistoryEntry[]>;
  readonly previews: Rows<string, PreviewRow>;
  readonly notifications: Rows<number, NotificationRow>;
  readonly notificationMessages: Rows<string, string>;
  readonly suspensions: Rows<string, Suspension>;
  readonly drifts: Rows<ProjectKey, Drift>;
  readonly convergences: Rows<RunId, Convergence>;
  /** By project and address. */
  readonly unsettled: Rows<string, Unsettled>;
  /** Another one at each call, higher than all before. */
  nextSeq(): number;
}

export const createTables = (database: Database): MemoryTables => {
  let seq = 0;
  return {
    deliveries: database.table(),
    batches: database.table(),
    runs: database.table(),
    latestRuns: database.table(),
    spentPlans: database.table(),
    locks: database.table(),
    waiters: database.table(),
    reports: database.table(),
    forgeWrites: database.table(),
    audit: database.table(),
    auditHead: database.table(),
    sightings: database.table(),
    cursors: database.table(),
    trusts: database.table(),
    rebuilds: database.table(),
    boardHistories: database.table(),
    overrides: database.table(),
    mergeAsks: database.table(),
    deployments: database.table(),
    dues: database.table(),
    mergeGroups: database.table(),
    appliedCommits: database.table(),
    begunCommits: database.table(),
    followups: database.table(),
    rollbacks: database.table(),
    pendings: database.table(),
    usedModules: database.table(),
    consumerLooks: database.table(),
    tracked: database.table(),
    driftIssues: database.table(),
    driftPulls: database.table(),
    corrections: database.table(),
    keptTags: database.table(),
    tagged: database.table(),
    trackedHistory: database.table(),
    previews: database.table(),
    notifications: database.table(),
    notificationMessages: database.table(),
    suspensions: database.table(),
    drifts: database.table(),
    convergences: database.table(),
    unsettled: database.table(),
    nextSeq: () => {
      seq += 1;
      return seq;
    },
  };
};

/** Does a piece of work on the tables at once, as soon as nobody else's transaction is open. */
export type Enter = <T>(work: () => T) => Promise<T>;

export const nameOf = ({ repositoryId, pullNumber }: PullKey): string => `${repositoryId}/${pullNumber}`;

export const isOf = (pull: PullKey, row: PullKey): boolean =>
  row.repositoryId === pull.repositoryId && row.pullNumber === pull.pullNumber;

/** As it would come back from a file: nobody who keeps the original can change what is stored. Throws for what is no JSON. */
export const asStored = <T>(value: T): T =>
  value === undefined || value === null ? value : JSON.parse(JSON.stringify(value));

/** In the order of the numbers; equal ones stay as they were. */
export const sortedBy = <Row>(rows: readonly Row[], number: (row: Row) => number): readonly Row[] =>
  rows.toSorted((one, other) => number(one) - number(other));
