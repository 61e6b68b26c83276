import { sql } from 'kysely';
import { type AuditLink, beforeFirst, rowHash } from '../../domain/audit-chain.ts';
import type { Migration } from '../migration.ts';

/** At a time, so that a long trail does not have to fit into memory. */
const page = 500;

/**
 * Chains the rows of the audit trail and keeps its signed head. What was written before is taken as it is found: from here on a
 * change of it is seen, and one that was made earlier is not.
 */
export const auditChain: Migration = {
  name: '0009-audit-chain',
  up: async (db, seal) => {
    await sql`alter table audit_events add column hash text not null default ''`.execute(db);
    await sql`create table audit_head (
      one integer primary key not null check (one = 1),
      seq bigint not null,
      hash text not null,
      signature text
    )`.execute(db);
    let last: AuditLink = beforeFirst;
    for (;;) {
      const rows = await db
        .selectFrom('audit_events')
        .selectAll()
        .where('seq', '>', last.seq)
        .orderBy('seq')
        .limit(page)
        .execute();
      for (const row of rows) {
        const { seq, at, kind, actor } = row;
        const more = { repositoryId: row.repository_id, pullNumber: row.pull_number, runId: row.run_id };
        const hash = rowHash(last.hash, { seq, at, kind, actor, ...more, facts: row.facts_json });
        await db.updateTable('audit_events').set({ hash }).where('seq', '=', seq).execute();
        last = { seq, hash };
      }
      if (rows.length < page) break;
    }
    await db
      .insertInto('audit_head')
      .values({ one: 1, ...last, signature: seal.sign(last) })
      .execute();
  },
};
