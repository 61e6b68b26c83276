import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { AuditEvent } from '../domain/audit.ts';
import { type AuditRow, auditRow, beforeFirst, rowHash } from '../domain/audit-chain.ts';
import type { AuditHead, AuditSeal } from '../domain/audit-head.ts';
import { atomically } from './atomically.ts';
import type { Audit } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow } from './stored-json.ts';

const auditEvent = z
  .object({
    at: integer,
    kind: z.string(),
    actor: z.string().nullable(),
    repository_id: integer,
    pull_number: integer.nullable(),
    run_id: z.string().nullable(),
    facts_json: json(z.record(z.string(), z.unknown())),
  })
  .transform(
    (row): AuditEvent => ({
      at: row.at,
      kind: row.kind,
      actor: row.actor,
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      runId: row.run_id,
      facts: row.facts_json,
    }),
  );

const headRow: z.ZodType<AuditHead> = z.object({
  seq: integer,
  hash: z.string(),
  signature: z.string().nullable(),
});

/** Null where it is gone. */
export const readHead = async (db: Kysely<Tables>): Promise<AuditHead | null> => {
  const row = await db
    .selectFrom('audit_head')
    .select(['seq', 'hash', 'signature'])
    .where('one', '=', 1)
    .executeTakeFirst();
  return row === undefined ? null : readRow(headRow, 'audit_head', row);
};

/**
 * Signs the next head only where the last one was ours: who changed it must not have what they made signed with the next
 * event. The rows go on all the same, for they are what is left to look at.
 */
const nextHead = (before: AuditHead | null, seal: AuditSeal, row: AuditRow): AuditHead => {
  const link = { seq: row.seq, hash: rowHash(before?.hash ?? beforeFirst.hash, row) };
  return { ...link, signature: before !== null && seal.holds(before) ? seal.sign(link) : null };
};

/** Adds an event to the end of the chain. In a transaction, or two at once would follow the same row. */
export const appendTo = async (db: Kysely<Tables>, seal: AuditSeal, event: AuditEvent): Promise<void> => {
  const before = await readHead(db);
  const newest = await db
    .selectFrom('audit_events')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .executeTakeFirstOrThrow();
  // A row that somebody put behind the head keeps its number, and is found by it.
  const seq = Math.max(before?.seq ?? 0, integer.nullable().parse(newest.seq) ?? 0) + 1;
  const row = auditRow(event, seq);
  const head = nextHead(before, seal, row);
  await db
    .insertInto('audit_events')
    .values({
      seq,
      at: row.at,
      kind: row.kind,
      actor: row.actor,
      repository_id: row.repositoryId,
      pull_number: row.pullNumber,
      run_id: row.runId,
      facts_json: row.facts,
      hash: head.hash,
    })
    .execute();
  await db
    .insertInto('audit_head')
    .values({ one: 1, ...head })
    .onConflict((conflict) => conflict.column('one').doUpdateSet(head))
    .execute();
};

/** Rows are added and read, never changed or removed: there is no method for it. */
export const createAudit = (db: Kysely<Tables>, seal: AuditSeal): Audit => ({
  // What it follows is read in the transaction that adds it: it is neither older nor rolled back.
  append: (event) => atomically(db, (trx) => appendTo(trx, seal, event)),
  ofPull: async (pull) => {
    const rows = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .orderBy('seq')
      .execute();
    return rows.map((row) => readRow(auditEvent, 'audit_events', row));
  },
  ofRun: async (run) => {
    const rows = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('run_id', '=', run)
      .orderBy('seq')
      .execute();
    return rows.map((row) => readRow(auditEvent, 'audit_events', row));
  },
  after: async (seq, limit) => {
    const rows = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...readRow(auditEvent, 'audit_events', row), seq: row.seq }));
  },
  head: async () => {
    const head = (await readHead(db)) ?? { ...beforeFirst, signature: null };
    return seal.holds(head) ? head : { ...head, signature: null };
  },
});
