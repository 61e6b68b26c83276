import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { RunId } from '../domain/ids.ts';
import { next, type Run, runStates, runVerbs } from '../domain/run.ts';
import { afterMove } from './after-move.ts';
import { atomically } from './atomically.ts';
import type { PullKey, Runs, RunsPage, RunsWish } from './port.ts';
import { movedColumns, type Remembered, type RunRows, readListed, runToRow } from './run-rows.ts';
import type { Tables } from './schema.ts';
import { integer, readRow } from './stored-json.ts';

const textsOf = ({ ids }: Remembered) => {
  // SQLite goes through a value only where it is asked for.
  const leftOut =
    ids.length === 0
      ? sql<boolean>`false`
      : sql<boolean>`run_texts.run_id is not null and runs.texts_id in (select value from json_each(${JSON.stringify(ids)}))`;
  const text = (name: 'output' | 'summary_json' | 'policies_json') =>
    sql<string | null>`case when ${leftOut} then null else ${sql.ref(`run_texts.${name}`)} end`.as(name);
  return [
    text('output'),
    text('summary_json'),
    text('policies_json'),
    sql<string | null>`case when ${leftOut} then runs.texts_id end`.as('left_out'),
  ];
};

const selectRuns = (db: Kysely<Tables>, remembered: Remembered) =>
  db
    .selectFrom('runs')
    .leftJoin('spent_plans', 'spent_plans.plan_run_id', 'runs.id')
    .leftJoin('run_texts', 'run_texts.run_id', 'runs.id')
    .selectAll('runs')
    .select(textsOf(remembered))
    .select('spent_plans.plan_run_id as spent_plan');

/** Those runs that `narrowed` leaves of all, in its order. */
const readRuns = async (
  db: Kysely<Tables>,
  rows: RunRows,
  narrowed: (all: ReturnType<typeof selectRuns>) => { readonly execute: () => Promise<readonly unknown[]> },
): Promise<readonly Run[]> => {
  const remembered = rows.remembered();
  const found = await narrowed(selectRuns(db, remembered)).execute();
  return found.map(remembered.read);
};

const getRun = async (db: Kysely<Tables>, rows: RunRows, id: RunId): Promise<Run | null> => {
  const [run] = await readRuns(db, rows, (all) => all.where('runs.id', '=', id));
  return run ?? null;
};

/**
 * Puts the plan among the spent ones; false when it is there already. An apply gets only a plan that stands: one that was
 * superseded between the caller's check and now must not be applied. Voiding takes any, so that one still running stays unusable.
 */
const take = async (
  db: Kysely<Tables>,
  planRunId: RunId,
  applyRunId: RunId | null,
  at: number,
): Promise<boolean> => {
  const taken = await db
    .insertInto('spent_plans')
    .columns(['plan_run_id', 'apply_run_id', 'spent_at'])
    .expression((eb) =>
      eb
        .selectFrom('runs')
        .select(({ val }) => ['runs.id', val<string | null>(applyRunId).as('apply'), val(at).as('at')])
        .where('runs.id', '=', planRunId)
        .where('runs.verb', '=', 'plan')
        .$if(applyRunId !== null, (plans) => plans.where('runs.state', '=', 'planned')),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('plan_run_id')
    .executeTakeFirst();
  return taken !== undefined;
};

/** Those of `run`, in place of what it had. */
const keepTexts = async (db: Kysely<Tables>, rows: RunRows, run: Run): Promise<void> => {
  const texts = rows.texts(run);
  await db
    .updateTable('runs')
    .set({ texts_id: texts?.id ?? null })
    .where('id', '=', run.id)
    .execute();
  if (texts === null) {
    await db.deleteFrom('run_texts').where('run_id', '=', run.id).execute();
    return;
  }
  await db
    .insertInto('run_texts')
    .values(texts.row)
    .onConflict((conflict) =>
      conflict.column('run_id').doUpdateSet((eb) => ({
        output: eb.ref('excluded.output'),
        summary_json: eb.ref('excluded.summary_json'),
        policies_json: eb.ref('excluded.policies_json'),
        ended_at: eb.ref('excluded.ended_at'),
      })),
    )
    .execute();
};

/** Of all runs, those that one page looks at: whose they are is found out one by one. */
const lookedAt = 5_000;

const listed = async (db: Kysely<Tables>, wish: RunsWish): Promise<RunsPage> => {
  const { repositories, pullNumber, states, limit } = wish;
  if (repositories?.length === 0 || states?.length === 0) return { runs: [], next: null };
  const isOne = repositories?.length === 1;
  const newest = await db
    .selectFrom('runs')
    .select('seq')
    .where('seq', '>', 0)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const before = wish.before ?? (newest === undefined ? 0 : integer.parse(newest.seq) + 1);
  const floor = isOne ? 0 : Math.max(0, before - lookedAt);
  const rows = await db
    .selectFrom('runs')
    .innerJoin('batches', 'batches.id', 'runs.batch_id')
    .selectAll('runs')
    .select('batches.repo_json')
    .where('runs.seq', '<', before)
    .where('runs.seq', '>=', floor)
    .$if(isOne, (rest) => rest.where('runs.repository_id', '=', repositories?.[0] ?? 0))
    // Not by an index: they come in the order of their numbers.
    .$if(repositories !== null && !isOne, (rest) =>
      rest.where(sql`+runs.repository_id`, 'in', repositories ?? []),
    )
    .$if(pullNumber !== null, (rest) => rest.where('runs.pull_number', '=', pullNumber ?? 0))
    .$if(states !== null, (rest) => rest.where(sql`+runs.state`, 'in', states ?? []))
    .orderBy('runs.seq', 'desc')
    .limit(limit)
    .execute();
  const found = rows.map(readListed);
  const last = found.length < limit ? undefined : found.at(-1);
  const next = last?.seq ?? (floor > 1 ? floor : null);
  return { runs: found.map(({ run }) => run), next };
};

const pullKey = z
  .object({ repository_id: integer, pull_number: integer })
  .transform((row): PullKey => ({ repositoryId: row.repository_id, pullNumber: row.pull_number }));

const runCount = z.object({ verb: z.enum(runVerbs), state: z.enum(runStates), runs: integer });

export const createRuns = (db: Kysely<Tables>, runRows: RunRows): Runs => ({
  add: async (run) => {
    if (run.spent) throw new TypeError('a new run cannot be spent: only `spend` and `void` decide that');
    await atomically(db, async (trx) => {
      await trx.insertInto('runs').values(runToRow(run)).execute();
      await keepTexts(trx, runRows, run);
      await trx
        .insertInto('latest_runs')
        .values({
          repository_id: run.repositoryId,
          pull_number: run.pullNumber,
          project_key: run.project.key,
          verb: run.verb,
          run_id: run.id,
          run_created_at: run.createdAt,
        })
        .onConflict((conflict) =>
          // The last that was added is the newest; the clock on the wall may have been set back since.
          conflict.columns(['repository_id', 'pull_number', 'project_key', 'verb']).doUpdateSet((eb) => ({
            run_id: eb.ref('excluded.run_id'),
            run_created_at: eb.ref('excluded.run_created_at'),
          })),
        )
        .execute();
    });
  },
  get: (id) => getRun(db, runRows, id),
  latest: (pull) =>
    readRuns(db, runRows, (all) =>
      all
        .innerJoin('latest_runs', 'latest_runs.run_id', 'runs.id')
        .where('latest_runs.repository_id', '=', pull.repositoryId)
        .where('latest_runs.pull_number', '=', pull.pullNumber)
        .orderBy('latest_runs.project_key')
        .orderBy('latest_runs.verb'),
    ),
  inState: async (states) => {
    if (states.length === 0) return [];
    return readRuns(db, runRows, (all) =>
      all.where('runs.state', 'in', states).orderBy('runs.created_at').orderBy('runs.seq'),
    );
  },
  ofBatch: (batch) =>
    readRuns(db, runRows, (all) => all.where('runs.batch_id', '=', batch).orderBy('runs.seq')),
  ofPull: async (pull, states) => {
    if (states.length === 0) return [];
    return readRuns(db, runRows, (all) =>
      all
        .where('runs.repository_id', '=', pull.repositoryId)
        .where('runs.pull_number', '=', pull.pullNumber)
        .where('runs.state', 'in', states)
        .orderBy('runs.created_at')
        .orderBy('runs.seq'),
    );
  },
  planOf: async (pull, project, digest) => {
    const [run] = await readRuns(db, runRows, (all) =>
      all
        .where('runs.repository_id', '=', pull.repositoryId)
        .where('runs.pull_number', '=', pull.pullNumber)
        .where('runs.project_key', '=', project)
        .where('runs.verb', '=', 'plan')
        .where('runs.plan_digest', '=', digest)
        .orderBy('runs.seq', 'desc')
        .limit(1),
    );
    return run ?? null;
  },
  planBefore: async (plan) => {
    const [run] = await readRuns(db, runRows, (all) =>
      all
        .where('runs.repository_id', '=', plan.repositoryId)
        .where('runs.pull_number', '=', plan.pullNumber)
        .where('runs.project_key', '=', plan.project.key)
        .where('runs.verb', '=', 'plan')
        .where('runs.plan_digest', 'is not', null)
        .where('runs.seq', '<', (eb) =>
          eb.selectFrom('runs as later').select('later.seq').where('later.id', '=', plan.id),
        )
        .orderBy('runs.seq', 'desc')
        .limit(1),
    );
    return run ?? null;
  },
  standing: async (repositoryId, project) => {
    const rows = await db
      .selectFrom('latest_runs')
      .innerJoin('runs', 'runs.id', 'latest_runs.run_id')
      .select(['latest_runs.repository_id', 'latest_runs.pull_number'])
      .where('latest_runs.repository_id', '=', repositoryId)
      .where('latest_runs.project_key', '=', project)
      .where('latest_runs.verb', '=', 'plan')
      .where('runs.state', '=', 'planned')
      .orderBy('latest_runs.pull_number')
      .execute();
    return rows.map((row) => readRow(pullKey, 'latest_runs', row));
  },
  waiting: (kinds) =>
    readRuns(db, runRows, (all) =>
      all
        .innerJoin('latest_runs', 'latest_runs.run_id', 'runs.id')
        .where('runs.verb', '=', 'plan')
        .where('runs.state', '=', 'planned')
        .where('spent_plans.plan_run_id', 'is', null)
        .where((eb) =>
          eb.or([
            sql<boolean>`json_extract(runs.project_json, '$.settings.apply.kind') = 'auto'`,
            ...kinds.map(
              (kind) =>
                sql<boolean>`exists (select 1 from json_each(runs.project_json, '$.settings.requirements.apply') where json_extract(value, '$.kind') = ${kind})`,
            ),
          ]),
        )
        .orderBy('runs.seq'),
    ),
  listed: (wish) => listed(db, wish),
  counts: async (states) => {
    if (states.length === 0) return [];
    const rows = await db
      .selectFrom('runs')
      .select((eb) => ['verb', 'state', eb.fn.countAll().as('runs')])
      .where('state', 'in', states)
      .groupBy(['verb', 'state'])
      .orderBy('verb')
      .orderBy('state')
      .execute();
    return rows.map((row) => readRow(runCount, 'runs', row));
  },
  move: async (id, event, at, change = {}) => {
    // Compare and set: of two callers who saw the same state one changes the row, the other looks again.
    // It ends, because every event leads a run forward and there are few states.
    for (;;) {
      const run = await getRun(db, runRows, id);
      const state = run === null ? null : next(run, event);
      if (run === null || state === null) return null;
      const after = afterMove(run, { event, state, at }, change);
      const moved = await atomically(db, async (trx) => {
        const row = await trx
          .updateTable('runs')
          .set(movedColumns(after))
          .where('id', '=', id)
          .where('state', '=', run.state)
          .returning('id')
          .executeTakeFirst();
        const hasTexts = change.plan !== undefined || change.output !== undefined;
        if (row === undefined) return false;
        if (event.kind === 'called-off')
          await trx.deleteFrom('spent_plans').where('apply_run_id', '=', id).execute();
        if (hasTexts) await keepTexts(trx, runRows, after);
        else if (run.endedAt === null && after.endedAt !== null)
          await trx
            .updateTable('run_texts')
            .set({ ended_at: after.endedAt })
            .where('run_id', '=', id)
            .execute();
        return true;
      });
      if (moved) return after;
    }
  },
  spend: (planRunId, applyRunId, at) => take(db, planRunId, applyRunId, at),
  void: async (planRunId, at) => {
    await take(db, planRunId, null, at);
  },
});
