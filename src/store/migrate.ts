import { type Kysely, sql } from 'kysely';
import { type AuditSeal, createAuditSeal } from '../domain/audit-head.ts';
import type { Migration } from './migration.ts';
import { start } from './migrations/0001-start.ts';
import { outbox } from './migrations/0002-outbox.ts';
import { sweep } from './migrations/0003-sweep.ts';
import { retention } from './migrations/0004-retention.ts';
import { parkedReports } from './migrations/0005-parked-reports.ts';
import { isolation } from './migrations/0006-isolation.ts';
import { runPages } from './migrations/0007-run-pages.ts';
import { trust } from './migrations/0008-trust.ts';
import { auditChain } from './migrations/0009-audit-chain.ts';
import { boardHistory } from './migrations/0010-board-history.ts';
import { overrides } from './migrations/0011-overrides.ts';
import { rulesAfterMerge } from './migrations/0012-rules-after-merge.ts';
import { eventsOfARun } from './migrations/0013-events-of-a-run.ts';
import { policyAnswers } from './migrations/0014-policy-answers.ts';
import { overridesOfAnAnswer } from './migrations/0015-overrides-of-an-answer.ts';
import { dues } from './migrations/0016-dues.ts';
import { causes } from './migrations/0017-causes.ts';
import { mergeAsks } from './migrations/0018-merge-asks.ts';
import { deployments } from './migrations/0019-deployments.ts';
import { presses } from './migrations/0021-presses.ts';
import { mergeGroups } from './migrations/0022-merge-groups.ts';
import { followups } from './migrations/0023-followups.ts';
import { pendings } from './migrations/0024-pendings.ts';
import { begunCommits } from './migrations/0025-begun-commits.ts';
import { rebuilds } from './migrations/0028-rebuilds.ts';
import { consumers } from './migrations/0031-consumers.ts';
import { followers } from './migrations/0032-followers.ts';
import { notesOfBatches } from './migrations/0033-notes-of-batches.ts';
import { previews } from './migrations/0034-previews.ts';
import { tracked } from './migrations/0036-tracked.ts';
import { drifts } from './migrations/0037-drifts.ts';
import { driftIssues } from './migrations/0038-drift-issues.ts';
import { suspensions } from './migrations/0039-suspensions.ts';
import { notifications } from './migrations/0040-notifications.ts';
import { rollbacks } from './migrations/0041-rollbacks.ts';
import { convergences } from './migrations/0042-convergences.ts';
import { corrections } from './migrations/0043-corrections.ts';
import { tags } from './migrations/0044-tags.ts';
import { leftAndHeld } from './migrations/0045-left-and-held.ts';
import { driftPulls } from './migrations/0046-drift-pulls.ts';
import { textsOfRuns } from './migrations/0047-texts-of-runs.ts';
import type { Tables } from './schema.ts';
import { startRefused } from './start-refused.ts';

/** Every migration there ever was, oldest first. A new one goes to the end. */
export const migrations: readonly Migration[] = [
  start,
  outbox,
  sweep,
  retention,
  parkedReports,
  isolation,
  runPages,
  trust,
  auditChain,
  boardHistory,
  overrides,
  rulesAfterMerge,
  eventsOfARun,
  policyAnswers,
  overridesOfAnAnswer,
  dues,
  causes,
  mergeAsks,
  deployments,
  presses,
  mergeGroups,
  followups,
  pendings,
  begunCommits,
  rebuilds,
  consumers,
  followers,
  notesOfBatches,
  previews,
  tracked,
  drifts,
  driftIssues,
  suspensions,
  notifications,
  rollbacks,
  convergences,
  corrections,
  tags,
  leftAndHeld,
  driftPulls,
  textsOfRuns,
];

/**
 * Brings the tables up to the newest migration, in one transaction: a crash half way leaves the database as it was.
 * Throws UserError `cannot-start` for a database that holds migrations this code does not know.
 */
export const migrate = async (
  db: Kysely<Tables>,
  where: string,
  now: number,
  known: readonly Migration[] = migrations,
  seal: AuditSeal = createAuditSeal(null),
): Promise<void> => {
  await db.transaction().execute(async (trx) => {
    await sql`create table if not exists applied_migrations (name text primary key not null, applied_at bigint not null)`.execute(
      trx,
    );
    const rows = await trx.selectFrom('applied_migrations').select('name').orderBy('name').execute();
    const applied = new Set(rows.map((row) => row.name));
    const unknown = rows.filter((row) => !known.some((migration) => migration.name === row.name));
    if (unknown.length > 0) {
      const names = unknown.map((row) => `\`${row.name}\``).join(', ');
      throw startRefused(
        `The database \`${where}\` was written by a newer Tidegate: it holds ${names}, this version knows up to \`${known.at(-1)?.name}\`.`,
        'Start the newer version again, or restore a copy of the data folder made before the upgrade. Nothing was changed.',
      );
    }
    for (const migration of known) {
      if (applied.has(migration.name)) continue;
      await migration.up(trx, seal);
      await trx.insertInto('applied_migrations').values({ name: migration.name, applied_at: now }).execute();
    }
  });
};
