import { AsyncLocalStorage } from 'node:async_hooks';
import { stat } from 'node:fs/promises';
import { Kysely } from 'kysely';
import type { Clock } from '../clock/port.ts';
import { createAuditSeal } from '../domain/audit-head.ts';
import { createAudit } from './audit.ts';
import { createBatches } from './batches.ts';
import { createBoardHistories } from './board-histories.ts';
import { createConsumerLooks, createUsedModules } from './consumers/consumers.ts';
import { createConvergences } from './convergences/convergences.ts';
import { createCorrections } from './corrections/corrections.ts';
import { createCursors } from './cursors.ts';
import { createDeliveries, type Write } from './deliveries.ts';
import { createDeployments } from './deployments.ts';
import { createDriftIssues } from './drift-issues/drift-issues.ts';
import { createDriftPulls } from './drift-pulls/drift-pulls.ts';
import { createDrifts } from './drifts/drifts.ts';
import { createAppliedCommits, createDues } from './dues.ts';
import { createFollowups } from './followups/followups.ts';
import { createGroupCommit } from './group-commit.ts';
import { createLocks } from './locks.ts';
import { createMergeAsks } from './merge-asks.ts';
import { createMergeGroups } from './merge-groups.ts';
import { migrate, migrations } from './migrate.ts';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import { createNotifications } from './notifications/notifications.ts';
import { createOverrides } from './overrides.ts';
import { patient, type WhenFull, whileFull } from './patient.ts';
import { createPendings } from './pendings/pendings.ts';
import type { Store, StoreTables } from './port.ts';
import { createPreviews } from './previews/previews.ts';
import { createPruning } from './pruning/pruning.ts';
import { createRebuilds } from './rebuilds.ts';
import { createReports } from './reports/reports.ts';
import { createRollbacks } from './rollbacks/rollbacks.ts';
import { createRunRows } from './run-rows.ts';
import { createRuns } from './runs.ts';
import type { Tables } from './schema.ts';
import { createSightings } from './sightings.ts';
import { createSuspensions } from './suspensions/suspensions.ts';
import { createTags } from './tags/tags.ts';
import { createTracked } from './tracked/tracked.ts';
import { createTrusts } from './trusts.ts';
import { orDamaged, refuseCutOff } from './whole.ts';

export interface SqliteStoreOptions {
  /** Absolute path of the database file, made when absent; `:memory:` keeps nothing. */
  readonly path: string | ':memory:';
  readonly clock: Clock;
  /** Signs the head of the audit trail; absent: it is not signed. */
  readonly auditKey?: Buffer;
  /** Told the text of every statement (no values) after it ran. */
  readonly onStatement?: (sql: string) => void;
  /**
   * Asked when the disk is full: what was to be written waits, and is written as soon as there is room. Only `deliveries.record`
   * fails at once, for whoever sent the webhook keeps it. Absent: everything fails at once.
   */
  readonly whenFull?: WhenFull;
}

/**
 * The store in one SQLite file, brought up to the newest migration.
 * Throws UserError `cannot-start` when the file was written by a newer version, or is damaged.
 */
export const openSqliteStore = async ({
  path,
  clock,
  auditKey,
  onStatement,
  whenFull = async () => false,
}: SqliteStoreOptions): Promise<Store> => {
  const seal = createAuditSeal(auditKey ?? null);
  const inside = new AsyncLocalStorage<{ open: boolean }>();
  const refuseInside = (): void => {
    // The one connection is the transaction's: waiting for it from within would never end.
    if (inside.getStore()?.open) {
      throw new Error('inside a transaction only the tables it was given may be used');
    }
  };
  const db = new Kysely<Tables>({
    dialect: createNodeSqliteDialect({ path, beforeAcquire: refuseInside }),
    ...(onStatement === undefined ? {} : { log: (event) => onStatement(event.query.sql) }),
  });
  try {
    await orDamaged(path, async () => {
      await migrate(db, path, clock.now(), migrations, seal);
      if (path !== ':memory:') await refuseCutOff(db, path, async () => (await stat(path)).size);
    });
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const group = createGroupCommit(db);
  const runRows = createRunRows();

  const tablesOf = (handle: Kysely<Tables>, write: Write): StoreTables => ({
    deliveries: createDeliveries(handle, clock, write),
    batches: createBatches(handle),
    runs: createRuns(handle, runRows),
    locks: createLocks(handle),
    reports: createReports(handle),
    audit: createAudit(handle, seal),
    pruning: createPruning(handle),
    sightings: createSightings(handle),
    cursors: createCursors(handle),
    trusts: createTrusts(handle),
    rebuilds: createRebuilds(handle),
    boardHistories: createBoardHistories(handle),
    overrides: createOverrides(handle),
    mergeAsks: createMergeAsks(handle),
    deployments: createDeployments(handle),
    dues: createDues(handle),
    mergeGroups: createMergeGroups(handle),
    appliedCommits: createAppliedCommits(handle, 'applied_commits'),
    begunCommits: createAppliedCommits(handle, 'begun_commits'),
    followups: createFollowups(handle),
    rollbacks: createRollbacks(handle),
    pendings: createPendings(handle),
    usedModules: createUsedModules(handle),
    consumers: createConsumerLooks(handle),
    tracked: createTracked(handle),
    previews: createPreviews(handle),
    notifications: createNotifications(handle),
    suspensions: createSuspensions(handle),
    drifts: createDrifts(handle),
    driftIssues: createDriftIssues(handle),
    driftPulls: createDriftPulls(handle),
    convergences: createConvergences(handle),
    corrections: createCorrections(handle),
    tags: createTags(handle),
  });

  const tables = tablesOf(db, (work) => {
    refuseInside();
    return group.add(work);
  });
  const waiting = patient(tables.deliveries, whenFull);

  return {
    deliveries: { ...tables.deliveries, finish: waiting.finish },
    batches: patient(tables.batches, whenFull),
    runs: patient(tables.runs, whenFull),
    locks: patient(tables.locks, whenFull),
    reports: patient(tables.reports, whenFull),
    audit: patient(tables.audit, whenFull),
    // What makes room must not wait for it.
    pruning: tables.pruning,
    sightings: patient(tables.sightings, whenFull),
    cursors: patient(tables.cursors, whenFull),
    trusts: patient(tables.trusts, whenFull),
    rebuilds: patient(tables.rebuilds, whenFull),
    boardHistories: patient(tables.boardHistories, whenFull),
    overrides: patient(tables.overrides, whenFull),
    mergeAsks: patient(tables.mergeAsks, whenFull),
    deployments: patient(tables.deployments, whenFull),
    dues: patient(tables.dues, whenFull),
    mergeGroups: patient(tables.mergeGroups, whenFull),
    appliedCommits: patient(tables.appliedCommits, whenFull),
    begunCommits: patient(tables.begunCommits, whenFull),
    followups: patient(tables.followups, whenFull),
    rollbacks: patient(tables.rollbacks, whenFull),
    pendings: patient(tables.pendings, whenFull),
    usedModules: patient(tables.usedModules, whenFull),
    consumers: patient(tables.consumers, whenFull),
    tracked: patient(tables.tracked, whenFull),
    previews: patient(tables.previews, whenFull),
    notifications: patient(tables.notifications, whenFull),
    suspensions: patient(tables.suspensions, whenFull),
    drifts: patient(tables.drifts, whenFull),
    driftIssues: patient(tables.driftIssues, whenFull),
    driftPulls: patient(tables.driftPulls, whenFull),
    convergences: patient(tables.convergences, whenFull),
    corrections: patient(tables.corrections, whenFull),
    tags: patient(tables.tags, whenFull),
    transact: (work) =>
      whileFull(
        () =>
          db.transaction().execute(async (trx) => {
            const scope = { open: true };
            try {
              return await inside.run(scope, () => work(tablesOf(trx, (write) => write(trx))));
            } finally {
              scope.open = false;
            }
          }),
        whenFull,
      ),
    close: async () => {
      await group.idle();
      await db.destroy();
    },
  };
};
