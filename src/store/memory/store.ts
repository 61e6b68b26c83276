import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock/port.ts';
import { createAuditSeal } from '../../domain/audit-head.ts';
import type { Store, StoreTables } from '../port.ts';
import { createBatches } from './batches.ts';
import { createConsumerLooks, createUsedModules } from './consumers.ts';
import { createConvergences } from './convergences.ts';
import { createCorrections } from './corrections.ts';
import { createDeliveries } from './deliveries.ts';
import { createDeployments } from './deployments.ts';
import { createDriftIssues } from './drift-issues.ts';
import { createDriftPulls } from './drift-pulls.ts';
import { createDrifts } from './drifts.ts';
import { createAppliedCommits, createDues } from './dues.ts';
import { createFollowups } from './followups.ts';
import {
  createAudit,
  createBoardHistories,
  createCursors,
  createMergeAsks,
  createOverrides,
  createRebuilds,
  createSightings,
  createTrusts,
} from './journal.ts';
import { createLocks } from './locks.ts';
import { createMergeGroups } from './merge-groups.ts';
import { createNotifications } from './notifications.ts';
import { createPendings } from './pendings.ts';
import { createPreviews } from './previews.ts';
import { createPruning } from './pruning.ts';
import { createReports } from './reports.ts';
import { createRollbacks } from './rollbacks.ts';
import { createDatabase } from './rows.ts';
import { createRuns } from './runs.ts';
import { createSuspensions } from './suspensions.ts';
import { createTables, type Enter } from './tables.ts';
import { createTags } from './tags.ts';
import { createTracked } from './tracked.ts';

/**
 * A store that is gone with the process, for the simulator, which opens one per story. It keeps every promise of the port but
 * durability: the contract suites run over it and over the one in SQLite.
 */
export const createMemoryStore = ({
  clock,
  auditKey,
}: {
  readonly clock: Clock;
  /** Signs the head of the audit trail; absent: it is not signed. */
  readonly auditKey?: Buffer;
}): Store => {
  const seal = createAuditSeal(auditKey ?? null);
  const database = createDatabase();
  const rows = createTables(database);
  const inside = new AsyncLocalStorage<{ open: boolean }>();
  /** Ends with the transaction that is open. */
  let open: Promise<void> | null = null;
  let closed = false;

  const tablesOf = (enter: Enter): StoreTables => ({
    deliveries: createDeliveries(rows, clock, enter),
    batches: createBatches(rows, enter),
    runs: createRuns(rows, enter),
    locks: createLocks(rows, enter),
    reports: createReports(rows, enter),
    audit: createAudit(rows, enter, seal),
    pruning: createPruning(rows, enter),
    sightings: createSightings(rows, enter),
    cursors: createCursors(rows, enter),
    trusts: createTrusts(rows, enter),
    rebuilds: createRebuilds(rows, enter),
    boardHistories: createBoardHistories(rows, enter),
    overrides: createOverrides(rows, enter),
    mergeAsks: createMergeAsks(rows, enter),
    deployments: createDeployments(rows, enter),
    dues: createDues(rows, enter),
    mergeGroups: createMergeGroups(rows, enter),
    appliedCommits: createAppliedCommits(rows.appliedCommits, enter),
    begunCommits: createAppliedCommits(rows.begunCommits, enter),
    followups: createFollowups(rows, enter),
    rollbacks: createRollbacks(rows, enter),
    pendings: createPendings(rows, enter),
    usedModules: createUsedModules(rows, enter),
    consumers: createConsumerLooks(rows, enter),
    tracked: createTracked(rows, enter),
    previews: createPreviews(rows, enter),
    notifications: createNotifications(rows, enter),
    suspensions: createSuspensions(rows, enter),
    drifts: createDrifts(rows, enter),
    driftIssues: createDriftIssues(rows, enter),
    driftPulls: createDriftPulls(rows, enter),
    convergences: createConvergences(rows, enter),
    corrections: createCorrections(rows, enter),
    tags: createTags(rows, enter),
  });
  const refuse = (): void => {
    if (inside.getStore()?.open)
      throw new Error('inside a transaction only the tables it was given may be used');
    if (closed) throw new Error('the store is closed');
  };

  return {
    ...tablesOf(async (work) => {
      refuse();
      // Looked at and gone on in one breath: nobody opens one in between.
      while (open !== null) await open;
      return work();
    }),
    transact: async (work) => {
      refuse();
      while (open !== null) await open;
      const { promise, resolve } = Promise.withResolvers<void>();
      open = promise;
      const scope = { open: true };
      database.begin();
      try {
        const within = tablesOf(async (each) => {
          if (!scope.open) throw new Error('the transaction is over');
          return each();
        });
        const result = await inside.run(scope, () => work(within));
        database.commit();
        return result;
      } catch (error) {
        database.rollback();
        throw error;
      } finally {
        scope.open = false;
        open = null;
        resolve();
      }
    },
    close: async () => {
      while (open !== null) await open;
      closed = true;
    },
  };
};
