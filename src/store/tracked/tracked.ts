import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  type Attempt,
  type AwaitedMerge,
  attemptOutcomes,
  branchRefusals,
  type Desired,
  type HistoryEntry,
  historyKinds,
  type Proof,
  type Tracked,
  type Version,
} from '../../domain/tracked.ts';
import type { Tables } from '../schema.ts';
import {
  actorSchema,
  integer,
  json,
  projectSchema,
  readRow,
  repoRefSchema,
  storedInputsDigest,
  storedPlanDigest,
  storedProjectKey,
  storedRunId,
  storedSha,
  storedTree,
  toJson,
} from '../stored-json.ts';
import { historyLength, type TrackedRows } from './port.ts';

const made = { inputs: storedInputsDigest, toolVersion: z.string() };

const version: z.ZodType<Version> = z.object({
  ...made,
  ref: z.string(),
  sha: storedSha,
  tree: storedTree,
  on: z.enum(['branch', 'open', 'ended']),
  sure: z.boolean(),
  plan: storedPlanDigest.nullable(),
  by: actorSchema.nullable(),
  pullNumber: integer.nullable(),
  run: storedRunId.nullable(),
  at: integer,
});

const desired: z.ZodType<Desired> = z.object({
  ref: z.string(),
  sha: storedSha,
  tree: storedTree,
  at: integer,
  behind: integer.nullable().default(null),
  refused: z.enum(branchRefusals).nullable().default(null),
});

const attempt: z.ZodType<Attempt> = z.object({
  outcome: z.enum(attemptOutcomes),
  sha: storedSha,
  by: actorSchema.nullable(),
  pullNumber: integer,
  run: storedRunId,
  at: integer,
});

const proof: z.ZodType<Proof> = z.object({
  ...made,
  blind: z.literal(true).optional(),
  run: storedRunId.nullable(),
  pullNumber: integer.nullable(),
  at: integer,
});

const awaited: z.ZodType<AwaitedMerge> = z.object({
  pullNumber: integer,
  commit: storedSha,
  at: integer,
  told: z.boolean(),
});

const tracked = z
  .object({
    project_key: storedProjectKey,
    repo_json: json(repoRefSchema),
    project_json: json(projectSchema),
    desired_json: json(desired).nullable(),
    applied_json: json(version).nullable(),
    attempted_json: json(attempt).nullable(),
    proven_json: json(proof).nullable(),
    merged_json: json(awaited).nullable(),
    pending_since: integer.nullable(),
    gone_at: integer.nullable(),
  })
  .transform(
    (row): Tracked => ({
      key: row.project_key,
      repo: row.repo_json,
      project: row.project_json,
      desired: row.desired_json,
      applied: row.applied_json,
      attempted: row.attempted_json,
      proven: row.proven_json,
      merged: row.merged_json,
      pendingSince: row.pending_since,
      goneAt: row.gone_at,
    }),
  );

const entry = z
  .object({
    at: integer,
    kind: z.enum(historyKinds),
    facts_json: json(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  })
  .transform((row): HistoryEntry => ({ at: row.at, kind: row.kind, facts: row.facts_json }));

const read = (rows: readonly unknown[]): readonly Tracked[] =>
  rows.map((row) => readRow(tracked, 'tracked', row));

export const createTracked = (db: Kysely<Tables>): TrackedRows => ({
  get: async (project) => {
    const [row] = read(
      await db.selectFrom('tracked').selectAll().where('project_key', '=', project).execute(),
    );
    return row ?? null;
  },
  ofRepository: async (repositoryId) =>
    read(
      await db
        .selectFrom('tracked')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .orderBy('project_key')
        .execute(),
    ),
  awaiting: async () =>
    read(
      await db
        .selectFrom('tracked')
        .selectAll()
        .where('merged_json', 'is not', null)
        .orderBy('project_key')
        .execute(),
    ),
  all: async () => read(await db.selectFrom('tracked').selectAll().orderBy('project_key').execute()),
  put: async (one) => {
    const row = {
      repository_id: one.repo.id,
      repo_json: JSON.stringify(one.repo),
      name: one.project.name,
      environment: one.project.settings.environment,
      project_json: JSON.stringify(one.project),
      desired_json: toJson(one.desired),
      applied_json: toJson(one.applied),
      attempted_json: toJson(one.attempted),
      proven_json: toJson(one.proven),
      merged_json: toJson(one.merged),
      pending_since: one.pendingSince,
      gone_at: one.goneAt,
    };
    await db
      .insertInto('tracked')
      .values({ project_key: one.key, ...row })
      .onConflict((conflict) => conflict.column('project_key').doUpdateSet(row))
      .execute();
  },
  history: async (project) => {
    const rows = await db
      .selectFrom('tracked_history')
      .selectAll()
      .where('project_key', '=', project)
      .orderBy('seq', 'desc')
      .limit(historyLength)
      .execute();
    return rows.map((row) => readRow(entry, 'tracked_history', row));
  },
  note: async (project, { at, kind, facts }) => {
    await db
      .insertInto('tracked_history')
      .values({ project_key: project, at, kind, facts_json: JSON.stringify(facts) })
      .execute();
    const oldest = await db
      .selectFrom('tracked_history')
      .select('seq')
      .where('project_key', '=', project)
      .orderBy('seq', 'desc')
      .limit(1)
      .offset(historyLength)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await db
      .deleteFrom('tracked_history')
      .where('project_key', '=', project)
      .where('seq', '<=', oldest.seq)
      .execute();
  },
});
