import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { AuditEvent } from '../domain/audit.ts';
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

/** Rows are added and read, never changed or removed: there is no method for it. */
export const createAudit = (db: Kysely<Tables>): Audit => ({
  append: async (event) => {
    await db
      .insertInto('audit_events')
      .values({
        at: event.at,
        kind: event.kind,
        actor: event.actor,
        repository_id: event.repositoryId,
        pull_number: event.pullNumber,
        run_id: event.runId,
        facts_json: JSON.stringify(event.facts),
      })
      .execute();
  },
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
});
