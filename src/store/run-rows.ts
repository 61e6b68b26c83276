import { randomUUID } from 'node:crypto';
import type { Insertable, Updateable } from 'kysely';
import { z } from 'zod';
import { isolations } from '../domain/isolation.ts';
import type { PlanSummary } from '../domain/plan-summary.ts';
import type { PolicyAnswer } from '../domain/rules/policy-answer.ts';
import { type Plan, type Run, runStates, runVerbs } from '../domain/run.ts';
import type { ListedRun } from './port.ts';
import type { Tables } from './schema.ts';
import {
  actorSchema,
  integer,
  json,
  problemSchema,
  projectSchema,
  readRow,
  repoRefSchema,
  storedArtifactDigest,
  storedBatchId,
  storedInputsDigest,
  storedPlanDigest,
  storedRunId,
  storedSha,
  storedTree,
  texts,
  toJson,
} from './stored-json.ts';
import { summarySchema, summaryToJson } from './stored-summary.ts';

const policyAnswers: z.ZodType<readonly PolicyAnswer[]> = z.array(
  z.object({
    name: z.string(),
    definition: z.string(),
    outcome: z.enum(['passed', 'failed', 'unknown']),
    because: z.string(),
  }),
);

const planColumns = z.object({
  artifact_digest: storedArtifactDigest,
  inputs_digest: storedInputsDigest,
  plan_digest: storedPlanDigest,
  tool_version: z.string(),
  summary_json: z.string(),
  policies_json: json(policyAnswers).nullable(),
});

const noPlanColumns = z.object({
  artifact_digest: z.null(),
  inputs_digest: z.null(),
  plan_digest: z.null(),
  tool_version: z.null(),
  summary_json: z.null(),
});

const summaryColumn = z.object({ summary_json: json(summarySchema) });

// A plan is there whole or not at all: half of one could pass a check it should not.
const plan = z.union([planColumns, noPlanColumns.transform(() => null)]);

const runColumns = z.object({
  id: storedRunId,
  batch_id: storedBatchId,
  repository_id: integer,
  pull_number: integer,
  project_json: json(projectSchema),
  verb: z.enum(runVerbs),
  state: z.enum(runStates),
  head_sha: storedSha,
  base_sha: storedSha,
  tree: storedTree,
  actor_json: json(actorSchema).nullable(),
  extra_json: json(texts),
  plan_run_id: storedRunId.nullable(),
  problem_json: json(problemSchema).nullable(),
  output: z.string().nullable(),
  isolation: z.enum(isolations).nullable(),
  created_at: integer,
  started_at: integer.nullable(),
  ended_at: integer.nullable(),
  /** From `spent_plans`; null when the plan is not in it. */
  spent_plan: z.string().nullable(),
});

/** Characters of text: below, reading is quicker than remembering; together, what is remembered weighs a few times as much. */
const worthKeeping = 20_000;
const keptCharacters = 6_000_000;

/** The long texts of a run as one write left them; of the summary only what is read from it. */
interface Kept {
  readonly output: string | null;
  readonly summary: PlanSummary | null;
  readonly policies_json: string | null;
  /** Of the texts, in characters. */
  readonly size: number;
}

const sizeOf = (...texts: readonly (string | null)[]): number =>
  texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);

/**
 * A board is made from the same plans many times within seconds: large texts are read once, or never. They are known by the name of
 * their write, which no other write gets: one that was rolled back is asked for by nobody.
 */
const createMemory = () => {
  /** Least recently used first. */
  const kept = new Map<string, Kept>();
  let total = 0;
  const drop = (id: string, one: Kept): void => {
    kept.delete(id);
    total -= one.size;
  };
  return {
    keep: (id: string, one: Kept): void => {
      if (one.size < worthKeeping) return;
      const before = kept.get(id);
      if (before !== undefined) drop(id, before);
      kept.set(id, one);
      total += one.size;
      for (const [oldest, its] of kept) {
        if (total <= keptCharacters) break;
        drop(oldest, its);
      }
    },
    /** As it is now: what is asked for meanwhile stays in it. */
    now: (): ReadonlyMap<string, Kept> => new Map(kept),
  };
};

/** What need not be read again, by a query and the reader of its rows. */
export interface Remembered {
  /** Names of writes (`texts_id`), whose texts the query leaves out and says so in `left_out`. */
  readonly ids: readonly string[];
  /** Reads a row of `runs` with its `spent_plan`, its texts and what of them was left out, checked; throws for one that cannot be read. */
  readonly read: (row: unknown) => Run;
}

/** Runs as rows; one for all tables of a store, because it remembers. */
export interface RunRows {
  readonly remembered: () => Remembered;
  /** The long texts of a run, and the name of this write of them; null where it has none. */
  readonly texts: (run: Run) => { readonly id: string; readonly row: Insertable<Tables['run_texts']> } | null;
}

export const createRunRows = (): RunRows => {
  const memory = createMemory();
  return {
    remembered: () => {
      const kept = memory.now();
      return {
        ids: [...kept.keys()],
        read: (row) => {
          const { left_out, texts_id } = readRow(textsColumns, 'runs', row);
          const before = left_out === null ? null : kept.get(left_out);
          if (before === undefined)
            throw new Error(`texts ${left_out} of a run were left out, and nobody has them`);
          const run = before === null ? toRun(row, null) : toRun(withTexts(row, before), before.summary);
          const id = left_out ?? texts_id;
          if (id !== null) memory.keep(id, before ?? keptOf(row, run));
          return run;
        },
      };
    },
    texts: (run) => {
      if (run.output === null && run.plan === null) return null;
      const policies = run.plan?.policies ?? [];
      const texts = {
        output: run.output,
        summary_json: run.plan === null ? null : summaryToJson(run.plan.summary),
        policies_json: policies.length === 0 ? null : JSON.stringify(policies),
      };
      const id = randomUUID();
      // Nobody has to read it then. It reads back as it was given, or it is a bug.
      memory.keep(id, keptOf(texts, run));
      return { id, row: { run_id: run.id, ...texts, ended_at: run.endedAt } };
    },
  };
};

const textsColumns = z.object({ left_out: z.string().nullable(), texts_id: z.string().nullable() });
const anyColumns = z.looseObject({});
const longColumns = z.object({
  output: z.string().nullable(),
  summary_json: z.string().nullable(),
  policies_json: z.string().nullable(),
});

const keptOf = (row: unknown, run: Run): Kept => {
  const { output, summary_json, policies_json } = readRow(longColumns, 'runs', row);
  const size = sizeOf(output, summary_json, policies_json);
  return { output, summary: run.plan?.summary ?? null, policies_json, size };
};

/** The row with what was left out of it. The text of a summary is only said to be there: it was read before. */
const withTexts = (row: unknown, { output, summary, policies_json }: Kept): unknown => ({
  ...readRow(anyColumns, 'runs', row),
  output,
  summary_json: summary === null ? null : '',
  policies_json,
});

/** `summary`: where it was read before. */
const readPlan = (id: string, row: unknown, summary: PlanSummary | null): Plan | null => {
  const columns = readRow(plan, 'runs', row);
  if (columns === null) return null;
  const { summary_json } = columns;
  return {
    artifact: columns.artifact_digest,
    inputs: columns.inputs_digest,
    digest: columns.plan_digest,
    toolVersion: columns.tool_version,
    summary: summary ?? readRow(summaryColumn, 'runs', { id, summary_json }).summary_json,
    policies: columns.policies_json ?? [],
  };
};

const toRun = (row: unknown, summary: PlanSummary | null): Run => {
  const columns = readRow(runColumns, 'runs', row);
  return {
    ...bareRun(columns),
    plan: readPlan(columns.id, row, summary),
    spent: columns.spent_plan !== null,
    output: columns.output,
  };
};

const bareRun = (
  columns: Omit<z.infer<typeof runColumns>, 'output' | 'spent_plan'>,
): Omit<Run, 'plan' | 'spent' | 'output'> => ({
  id: columns.id,
  batchId: columns.batch_id,
  repositoryId: columns.repository_id,
  pullNumber: columns.pull_number,
  project: columns.project_json,
  verb: columns.verb,
  state: columns.state,
  headSha: columns.head_sha,
  baseSha: columns.base_sha,
  tree: columns.tree,
  actor: columns.actor_json,
  extra: columns.extra_json,
  planRunId: columns.plan_run_id,
  problem: columns.problem_json,
  isolation: columns.isolation,
  createdAt: columns.created_at,
  startedAt: columns.started_at,
  endedAt: columns.ended_at,
});

const listedColumns = runColumns.omit({ output: true, spent_plan: true }).extend({
  seq: integer,
  repo_json: json(repoRefSchema),
});

/** Reads a row of `runs` with its batch's `repo_json`. */
export const readListed = (row: unknown): { readonly seq: number; readonly run: ListedRun } => {
  const { seq, repo_json, ...columns } = readRow(listedColumns, 'runs', row);
  return { seq, run: { ...bareRun(columns), repo: repo_json } };
};

const planToColumns = (given: Plan | null) => ({
  artifact_digest: given?.artifact ?? null,
  inputs_digest: given?.inputs ?? null,
  plan_digest: given?.digest ?? null,
  tool_version: given?.toolVersion ?? null,
});

export const runToRow = (run: Run): Insertable<Tables['runs']> => ({
  id: run.id,
  batch_id: run.batchId,
  repository_id: run.repositoryId,
  pull_number: run.pullNumber,
  project_key: run.project.key,
  project_json: JSON.stringify(run.project),
  verb: run.verb,
  state: run.state,
  head_sha: run.headSha,
  base_sha: run.baseSha,
  tree: run.tree,
  actor_json: toJson(run.actor),
  extra_json: JSON.stringify(run.extra),
  plan_run_id: run.planRunId,
  ...planToColumns(run.plan),
  problem_json: toJson(run.problem),
  isolation: run.isolation,
  created_at: run.createdAt,
  started_at: run.startedAt,
  ended_at: run.endedAt,
});

/** The columns that a move may change. */
export const movedColumns = (run: Run): Updateable<Tables['runs']> => ({
  state: run.state,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  ...planToColumns(run.plan),
  problem_json: toJson(run.problem),
  isolation: run.isolation,
});
