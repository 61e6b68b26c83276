import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type Drift, driftStatuses } from '../../domain/drift/drift.ts';
import { driftActions } from '../../domain/drift/found.ts';
import type { Tables } from '../schema.ts';
import {
  integer,
  json,
  readRow,
  repoRefSchema,
  storedProjectKey,
  storedRunId,
  storedSha,
  toJson,
} from '../stored-json.ts';
import { summarySchema, summaryToJson } from '../stored-summary.ts';
import type { Drifts, DriftTimes } from './port.ts';

const timeColumns = [
  'project_key',
  'repo_json',
  'ref',
  'status',
  'since',
  'tick_at',
  'due_at',
  'asked_at',
  'look_id',
  'look_since',
  'put_off_json',
] as const;

const timesShape = {
  project_key: storedProjectKey,
  repo_json: json(repoRefSchema),
  ref: z.string(),
  status: z.enum(driftStatuses),
  since: integer,
  tick_at: integer.nullable(),
  due_at: integer,
  asked_at: integer.nullable(),
  look_id: storedRunId.nullable(),
  look_since: integer.nullable(),
  put_off_json: json(z.object({ because: z.string(), since: integer, until: integer })).nullable(),
};

const timesOf = (row: z.output<z.ZodObject<typeof timesShape>>): DriftTimes => ({
  project: row.project_key,
  repo: row.repo_json,
  ref: row.ref,
  status: row.status,
  since: row.since,
  tickAt: row.tick_at,
  dueAt: row.due_at,
  askedAt: row.asked_at,
  underWay: row.look_id === null ? null : { look: row.look_id, since: row.look_since ?? 0 },
  putOff: row.put_off_json,
});

const times = z.object(timesShape).transform(timesOf);

const drift = z
  .object({
    ...timesShape,
    project_name: z.string(),
    fingerprint: z.string().nullable(),
    consecutive: integer,
    checked_at: integer.nullable(),
    commit_sha: storedSha.nullable(),
    counts_json: json(z.partialRecord(z.enum(driftActions), integer)),
    ignored: integer,
    unsettled: integer,
    outputs: integer,
    summary_json: json(summarySchema).nullable(),
    because: z.string().nullable(),
  })
  .transform(
    (row): Drift => ({
      ...timesOf(row),
      name: row.project_name,
      fingerprint: row.fingerprint,
      consecutive: row.consecutive,
      checkedAt: row.checked_at,
      commit: row.commit_sha,
      counts: row.counts_json,
      ignored: row.ignored,
      unsettled: row.unsettled,
      outputs: row.outputs,
      summary: row.summary_json,
      because: row.because,
    }),
  );

const counted = z.object({ status: z.enum(driftStatuses), projects: integer, oldest: integer.nullable() });

const read = (row: unknown): Drift => readRow(drift, 'drifts', row);

export const createDrifts = (db: Kysely<Tables>): Drifts => ({
  get: async (project) => {
    const row = await db
      .selectFrom('drifts')
      .selectAll()
      .where('project_key', '=', project)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  ofRepository: async (repositoryId) => {
    const rows = await db
      .selectFrom('drifts')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .orderBy('project_key')
      .execute();
    return rows.map(read);
  },
  times: async () => {
    const rows = await db.selectFrom('drifts').select(timeColumns).orderBy('project_key').execute();
    return rows.map((row) => readRow(times, 'drifts', row));
  },
  counts: async () => {
    const rows = await db
      .selectFrom('drifts')
      .select((is) => ['status', is.fn.countAll().as('projects'), is.fn.min('checked_at').as('oldest')])
      .groupBy('status')
      .execute();
    const all = rows.map((row) => readRow(counted, 'drifts', row));
    const ages = all.flatMap(({ oldest }) => (oldest === null ? [] : [oldest]));
    return {
      byStatus: Object.fromEntries(all.map(({ status, projects }) => [status, projects])),
      oldestAt: ages.length === 0 ? null : Math.min(...ages),
    };
  },
  put: async (one) => {
    const facts = {
      repository_id: one.repo.id,
      repo_json: JSON.stringify(one.repo),
      project_name: one.name,
      ref: one.ref,
      status: one.status,
      since: one.since,
      fingerprint: one.fingerprint,
      consecutive: one.consecutive,
      checked_at: one.checkedAt,
      tick_at: one.tickAt,
      due_at: one.dueAt,
      asked_at: one.askedAt,
      look_id: one.underWay?.look ?? null,
      look_since: one.underWay?.since ?? null,
      put_off_json: toJson(one.putOff),
      commit_sha: one.commit,
      counts_json: JSON.stringify(one.counts),
      ignored: one.ignored,
      unsettled: one.unsettled,
      outputs: one.outputs,
      summary_json: one.summary === null ? null : summaryToJson(one.summary),
      because: one.because,
    };
    await db
      .insertInto('drifts')
      .values({ project_key: one.project, ...facts })
      .onConflict((conflict) => conflict.column('project_key').doUpdateSet(facts))
      .execute();
  },
  remove: async (project) => {
    await db.deleteFrom('drifts').where('project_key', '=', project).execute();
  },
  begin: async ({ project, tickAt: before }, tickAt, { look, since }) => {
    const begun = await db
      .updateTable('drifts')
      .set({ tick_at: tickAt, look_id: look, look_since: since, asked_at: null, put_off_json: null })
      .where('project_key', '=', project)
      .where('look_id', 'is', null)
      .where((is) => (before === null ? is('tick_at', 'is', null) : is('tick_at', '=', before)))
      .returning('project_key')
      .execute();
    return begun.length > 0;
  },
  ask: async (project, at) => {
    const asked = await db
      .updateTable('drifts')
      .set({ asked_at: at, put_off_json: null })
      .where('project_key', '=', project)
      .returning('project_key')
      .execute();
    return asked.length > 0;
  },
  putOff: async (project, putOff) => {
    await db
      .updateTable('drifts')
      .set({ put_off_json: JSON.stringify(putOff) })
      .where('project_key', '=', project)
      .execute();
  },
  mendTick: async (project, tickAt) => {
    await db.updateTable('drifts').set({ tick_at: tickAt }).where('project_key', '=', project).execute();
  },
  noteDue: async (project, dueAt) => {
    await db.updateTable('drifts').set({ due_at: dueAt }).where('project_key', '=', project).execute();
  },
});
