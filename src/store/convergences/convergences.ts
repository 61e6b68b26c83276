import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  type Convergence,
  convergenceOutcomes,
  type Remaining,
  remainsKinds,
} from '../../domain/convergence/convergence.ts';
import type { Left } from '../../domain/convergence/left.ts';
import type { Unsettled } from '../../domain/convergence/unsettled.ts';
import { driftActions } from '../../domain/drift/found.ts';
import type { Tables } from '../schema.ts';
import {
  integer,
  json,
  readRow,
  repoRefSchema,
  storedProjectKey,
  storedRunId,
  texts,
  toJson,
} from '../stored-json.ts';
import type { Convergences } from './port.ts';

const left = {
  address: z.string(),
  action: z.enum(driftActions),
  paths: texts,
  provider: z.string(),
  version: z.string(),
};
const storedLeft: z.ZodType<Left> = z.object(left);
const storedRemaining: z.ZodType<Remaining> = z.object({ ...left, kind: z.enum(remainsKinds) });

const convergence = z
  .object({
    run_id: storedRunId,
    project_key: storedProjectKey,
    repo_json: json(repoRefSchema),
    pull_number: integer,
    since: integer,
    until_at: integer,
    due_at: integer,
    looks: integer,
    first_json: json(z.array(storedLeft)).nullable(),
    ends_lock: integer,
    outcome: z.enum(convergenceOutcomes).nullable(),
    remaining_json: json(z.array(storedRemaining)),
    unsettled: integer,
    because: z.string().nullable(),
    ended_at: integer.nullable(),
  })
  .transform(
    (row): Convergence => ({
      run: row.run_id,
      project: row.project_key,
      repo: row.repo_json,
      pullNumber: row.pull_number,
      since: row.since,
      until: row.until_at,
      dueAt: row.due_at,
      looks: row.looks,
      first: row.first_json,
      endsLock: row.ends_lock === 1,
      outcome: row.outcome,
      remaining: row.remaining_json,
      unsettled: row.unsettled,
      because: row.because,
      endedAt: row.ended_at,
    }),
  );

const unsettled = z
  .object({
    project_key: storedProjectKey,
    address: z.string(),
    paths_json: json(texts),
    provider: z.string(),
    version: z.string(),
    run_id: storedRunId,
    since: integer,
    again_run_id: storedRunId.nullable(),
  })
  .transform(
    (row): Unsettled => ({
      project: row.project_key,
      address: row.address,
      paths: row.paths_json,
      provider: row.provider,
      version: row.version,
      run: row.run_id,
      since: row.since,
      again: row.again_run_id,
    }),
  );

const read = (row: unknown): Convergence => readRow(convergence, 'convergences', row);

const atATime = 500;

const factsOf = (one: Convergence) => ({
  project_key: one.project,
  repo_json: JSON.stringify(one.repo),
  pull_number: one.pullNumber,
  since: one.since,
  until_at: one.until,
  due_at: one.dueAt,
  looks: one.looks,
  first_json: toJson(one.first),
  ends_lock: one.endsLock ? 1 : 0,
  outcome: one.outcome,
  remaining_json: JSON.stringify(one.remaining),
  unsettled: one.unsettled,
  because: one.because,
  ended_at: one.endedAt,
});

export const createConvergences = (db: Kysely<Tables>): Convergences => {
  const ofOpen = () => db.selectFrom('convergences').selectAll().where('outcome', 'is', null);
  return {
    add: async (one) => {
      const added = await db
        .insertInto('convergences')
        .values({ run_id: one.run, ...factsOf(one) })
        .onConflict((conflict) => conflict.column('run_id').doNothing())
        .returning('run_id')
        .executeTakeFirst();
      return added === undefined ? 'known' : 'new';
    },
    ofRuns: async (runs) => {
      const found: Convergence[] = [];
      // There may be more of them than a statement has parameters for.
      for (let from = 0; from < runs.length; from += atATime)
        found.push(
          ...(
            await db
              .selectFrom('convergences')
              .selectAll()
              .where('run_id', 'in', runs.slice(from, from + atATime))
              .execute()
          ).map(read),
        );
      return found;
    },
    get: async (run) => {
      const row = await db
        .selectFrom('convergences')
        .selectAll()
        .where('run_id', '=', run)
        .executeTakeFirst();
      return row === undefined ? null : read(row);
    },
    open: async () => (await ofOpen().orderBy('since').orderBy('run_id').execute()).map(read),
    openOf: async (project) => {
      const row = await ofOpen()
        .where('project_key', '=', project)
        .orderBy('since', 'desc')
        .orderBy('run_id', 'desc')
        .executeTakeFirst();
      return row === undefined ? null : read(row);
    },
    put: async (one) => {
      await db.updateTable('convergences').set(factsOf(one)).where('run_id', '=', one.run).execute();
    },
    unsettled: async (project) => {
      const rows = await db
        .selectFrom('unsettled')
        .selectAll()
        .where('project_key', '=', project)
        .orderBy('address')
        .execute();
      return rows.map((row) => readRow(unsettled, 'unsettled', row));
    },
    remember: async ({ project, address, paths, provider, version, run, since, again }) => {
      const made = { provider, version, run_id: run, since, again_run_id: again };
      const facts = { paths_json: JSON.stringify(paths), ...made };
      await db
        .insertInto('unsettled')
        .values({ project_key: project, address, ...facts })
        .onConflict((conflict) => conflict.columns(['project_key', 'address']).doUpdateSet(facts))
        .execute();
    },
    forget: async (project, address) => {
      await db
        .deleteFrom('unsettled')
        .where('project_key', '=', project)
        .where('address', '=', address)
        .execute();
    },
  };
};
