import { Kysely } from 'kysely';
import type { AuditEvent } from '../domain/audit.ts';
import type { AuditSeal } from '../domain/audit-head.ts';
import { appendTo, readHead } from './audit.ts';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import type { Tables } from './schema.ts';

/**
 * Takes the trail of a stopped server for ours as it is, and adds an event that says so. Whoever calls it has looked at the trail,
 * and holds the data folder. It is no part of the store: a server never signs what it had not signed before.
 */
export const signAuditTrail = async (path: string, seal: AuditSeal, event: AuditEvent): Promise<void> => {
  const db = new Kysely<Tables>({
    dialect: createNodeSqliteDialect({ path, beforeAcquire: () => undefined }),
  });
  try {
    await db.transaction().execute(async (trx) => {
      const head = await readHead(trx);
      if (head === null) throw new Error('the audit trail has no head');
      await trx
        .updateTable('audit_head')
        .set({ signature: seal.sign(head) })
        .where('one', '=', 1)
        .execute();
      await appendTo(trx, seal, event);
    });
  } finally {
    await db.destroy();
  }
};
