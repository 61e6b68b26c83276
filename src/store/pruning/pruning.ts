import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { atomically } from '../atomically.ts';
import type { PullKey } from '../port.ts';
import type { Tables } from '../schema.ts';
import {
  integer,
  json,
  readRow,
  storedArtifactDigest,
  storedProjectKey,
  storedRunId,
  storedSha,
} from '../stored-json.ts';
import type { ForgottenRun, KeptBlob, Pruning } from './port.ts';

const finished = ['done', 'ignored', 'failed'] as const;
/** What may still need the plan that it was made from. */
const needing = ['queued', 'running', 'unresolved'] as const;

const forgettable = z
  .object({
    id: storedRunId,
    repository_id: integer,
    pull_number: integer,
    project_key: storedProjectKey,
    head_sha: storedSha,
    artifact_digest: storedArtifactDigest.nullable(),
    state: z.string(),
    ended_at: integer,
  })
  .transform((row) => ({
    id: row.id,
    pull: { repositoryId: row.repository_id, pullNumber: row.pull_number },
    project: { key: row.project_key },
    headSha: row.head_sha,
    artifact: row.artifact_digest,
    state: row.state,
    endedAt: row.ended_at,
  }));
type Candidate = z.infer<typeof forgettable>;

const plan = z.object({
  seq: integer,
  id: storedRunId,
  project_key: storedProjectKey,
  head_sha: storedSha,
  artifact_digest: storedArtifactDigest,
  tool_version: z.string(),
});

const rescue = z.object({
  seq: integer,
  facts_json: json(z.object({ digest: storedArtifactDigest, binding: z.string() })),
});

const ofPull = ({ repositoryId, pullNumber }: PullKey) => ({
  repository_id: repositoryId,
  pull_number: pullNumber,
});

/** The last that is known of it is its end: no plan was asked for since. */
const isOver = async (db: Kysely<Tables>, pull: PullKey): Promise<boolean> => {
  const { repository_id, pull_number } = ofPull(pull);
  const last = await db
    .selectFrom('audit_events')
    .select('kind')
    .where('repository_id', '=', repository_id)
    .where('pull_number', '=', pull_number)
    .where('kind', 'in', ['pull.closed', 'pull.merged', 'plan.admitted', 'apply.admitted'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.kind === 'pull.closed' || last?.kind === 'pull.merged';
};

/** Is it the newest of its project, or the plan that the newest apply used? */
const isNewest = async (db: Kysely<Tables>, { id, pull, project }: Candidate): Promise<boolean> => {
  const { repository_id, pull_number } = ofPull(pull);
  const newest = await db
    .selectFrom('latest_runs')
    .leftJoin('runs', 'runs.id', 'latest_runs.run_id')
    .select('latest_runs.run_id')
    .where('latest_runs.repository_id', '=', repository_id)
    .where('latest_runs.pull_number', '=', pull_number)
    .where('latest_runs.project_key', '=', project.key)
    .where((eb) => eb.or([eb('latest_runs.run_id', '=', id), eb('runs.plan_run_id', '=', id)]))
    .executeTakeFirst();
  return newest !== undefined;
};

const isLocked = async (db: Kysely<Tables>, { pull, project }: Candidate): Promise<boolean> => {
  const { repository_id, pull_number } = ofPull(pull);
  const lock = await db
    .selectFrom('locks')
    .select('project_key')
    .where('project_key', '=', project.key)
    .where('repository_id', '=', repository_id)
    .where('pull_number', '=', pull_number)
    .executeTakeFirst();
  return lock !== undefined;
};

const neededPlans = async (db: Kysely<Tables>): Promise<ReadonlySet<string>> => {
  const rows = await db.selectFrom('runs').select('plan_run_id').where('state', 'in', needing).execute();
  return new Set(rows.flatMap((row) => (row.plan_run_id === null ? [] : [row.plan_run_id])));
};

const forget = async (db: Kysely<Tables>, runs: readonly Candidate[]): Promise<void> => {
  const ids = runs.map((run) => run.id);
  if (ids.length === 0) return;
  await db.deleteFrom('run_texts').where('run_id', 'in', ids).execute();
  await db
    .updateTable('runs')
    .set({
      artifact_digest: null,
      inputs_digest: null,
      plan_digest: null,
      tool_version: null,
      texts_id: null,
    })
    .where('id', 'in', ids)
    .execute();
};

export const createPruning = (db: Kysely<Tables>): Pruning => ({
  isOver: (pull) => isOver(db, pull),
  lastRunAt: async (pull) => {
    const row = await db
      .selectFrom('latest_runs')
      .select((eb) => eb.fn.max('run_created_at').as('at'))
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .executeTakeFirstOrThrow();
    return integer.nullable().parse(row.at);
  },
  deliveries: async (before, limit) => {
    let removed = 0;
    for (const state of finished) {
      // In the order of the index, and no further than `limit`: what came first ends first, but for a few.
      const rows = await db
        .selectFrom('deliveries')
        .select(['seq', 'finished_at'])
        .where('state', '=', state)
        .orderBy('seq')
        .limit(limit)
        .execute();
      const old = rows.filter(({ finished_at: at }) => at !== null && at < before).map(({ seq }) => seq);
      if (old.length > 0) await db.deleteFrom('deliveries').where('seq', 'in', old).execute();
      removed += old.length;
    }
    return removed;
  },
  runs: async (before, after, limit) =>
    atomically(db, async (trx) => {
      const rows = await trx
        .selectFrom('run_texts')
        .innerJoin('runs', 'runs.id', 'run_texts.run_id')
        .select(['runs.id', 'runs.repository_id', 'runs.pull_number', 'runs.project_key', 'runs.head_sha'])
        .select(['runs.artifact_digest', 'runs.state', 'run_texts.ended_at'])
        .where('run_texts.ended_at', '<', before)
        .$if(after !== null, (later) =>
          later.where(
            sql<boolean>`(run_texts.ended_at, run_texts.run_id) > (${after?.endedAt}, ${after?.id})`,
          ),
        )
        .orderBy('run_texts.ended_at')
        .orderBy('run_texts.run_id')
        .limit(limit)
        .execute();
      const needed = await neededPlans(trx);
      const forgotten: Candidate[] = [];
      const candidates = rows.map((row) => readRow(forgettable, 'runs', row));
      for (const run of candidates) {
        if (needing.some((state) => state === run.state) || needed.has(run.id)) continue;
        if ((await isNewest(trx, run)) && ((await isLocked(trx, run)) || !(await isOver(trx, run.pull))))
          continue;
        forgotten.push(run);
      }
      await forget(trx, forgotten);
      const last = candidates.length < limit ? undefined : candidates.at(-1);
      return {
        forgotten: forgotten.map(
          ({ id, project, headSha, artifact }): ForgottenRun => ({
            id,
            project,
            headSha,
            artifact,
          }),
        ),
        next: last === undefined ? null : { endedAt: last.endedAt, id: last.id },
      };
    }),
  reports: async (before, after, limit) => {
    const rows = await db
      .selectFrom('reports')
      .select(['seq', 'repository_id', 'pull_number', 'thing', 'wanted', 'sent', 'parked', 'due_at'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(limit)
      .execute();
    const over = new Map<string, boolean>();
    const old: number[] = [];
    for (const row of rows) {
      if (row.due_at >= before || (row.parked === null && row.wanted > row.sent)) continue;
      const name = `${row.repository_id}/${row.pull_number}`;
      const ended =
        over.get(name) ??
        (await isOver(db, { repositoryId: row.repository_id, pullNumber: row.pull_number }));
      over.set(name, ended);
      if (!ended) continue;
      old.push(row.seq);
      if (row.thing === 'board')
        await db
          .deleteFrom('board_histories')
          .where('repository_id', '=', row.repository_id)
          .where('pull_number', '=', row.pull_number)
          .execute();
    }
    if (old.length > 0)
      await db
        .deleteFrom('reports')
        .where('seq', 'in', old)
        // Wished for anew since it was looked at.
        .where((eb) => eb.or([eb('parked', 'is not', null), eb('sent', '>=', eb.ref('wanted'))]))
        .execute();
    return rows.length < limit ? null : (rows.at(-1)?.seq ?? null);
  },
  looks: async (before, limit) => {
    const rows = await db
      .selectFrom('consumer_looks')
      .select('seq')
      .where('asked_at', '<', before)
      .where('state', '<>', 'looking')
      .orderBy('seq')
      .limit(limit)
      .execute();
    const old = rows.map(({ seq }) => seq);
    if (old.length > 0) await db.deleteFrom('consumer_looks').where('seq', 'in', old).execute();
    return old.length;
  },
  plans: async (after, limit) => {
    const rows = await db
      .selectFrom('runs')
      .select(['seq', 'id', 'project_key', 'head_sha', 'artifact_digest', 'tool_version'])
      .where('seq', '>', after)
      .where('artifact_digest', 'is not', null)
      .orderBy('seq')
      .limit(limit)
      .execute();
    const plans = rows.map((row) => readRow(plan, 'runs', row));
    return {
      plans: plans.map((row) => ({
        id: row.id,
        project: { key: row.project_key },
        headSha: row.head_sha,
        artifact: row.artifact_digest,
        toolVersion: row.tool_version,
      })),
      next: plans.length < limit ? null : (plans.at(-1)?.seq ?? null),
    };
  },
  rescues: async (): Promise<readonly KeptBlob[]> => {
    const rows = await db
      .selectFrom('audit_events')
      .select(['seq', 'facts_json'])
      // In the words of the index `audit_events_of_rescues`, or it is not used.
      .where(sql<boolean>`kind = 'state.rescued'`)
      .orderBy('seq')
      .execute();
    return rows.map((row) => readRow(rescue, 'audit_events', row).facts_json);
  },
});
