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
const keptCharacters = 4_000_000;

interface Summaries {
  of(row: { readonly id: string; readonly summary_json: string }): PlanSummary;
  /** To be told what was written: nobody has to read it then. It reads back as it was given, or it is a bug. */
  wrote(text: string, summary: PlanSummary): void;
}

/** A board is made from the same plans many times within seconds: texts of large summaries are read once, or never. */
const createSummaries = (): Summaries => {
  /** Least recently used first. */
  const kept = new Map<string, PlanSummary>();
  let total = 0;
  const keep = (text: string, summary: PlanSummary): void => {
    if (text.length < worthKeeping) return;
    if (!kept.delete(text)) total += text.length;
    kept.set(text, summary);
    for (const oldest of kept.keys()) {
      if (total <= keptCharacters) break;
      kept.delete(oldest);
      total -= oldest.length;
    }
  };
  return {
    of: (row) => {
      const summary = kept.get(row.summary_json) ?? readRow(summaryColumn, 'runs', row).summary_json;
      keep(row.summary_json, summary);
      return summary;
    },
    wrote: keep,
  };
};

/** Runs as rows; one for all tables of a store, because it remembers. */
export interface RunRows {
  /** Reads a row of `runs` with its `spent_plan` and its texts, checked; throws for one that cannot be read. */
  readonly read: (row: unknown) => Run;
  /** The long texts of a run; null where it has none. */
  readonly texts: (run: Run) => Insertable<Tables['run_texts']> | null;
}

export const createRunRows = (): RunRows => {
  const summaries = createSummaries();
  return {
    read: (row) => toRun(row, summaries),
    texts: (run) => {
      if (run.output === null && run.plan === null) return null;
      const summary_json = run.plan === null ? null : summaryToJson(run.plan.summary);
      if (run.plan !== null && summary_json !== null) summaries.wrote(summary_json, run.plan.summary);
      const policies = run.plan?.policies ?? [];
      const policies_json = policies.length === 0 ? null : JSON.stringify(policies);
      return { run_id: run.id, output: run.output, summary_json, policies_json, ended_at: run.endedAt };
    },
  };
};

const readPlan = (id: string, row: unknown, summaries: Summaries): Plan | null => {
  const columns = readRow(plan, 'runs', row);
  if (columns === null) return null;
  return {
    artifact: columns.artifact_digest,
    inputs: columns.inputs_digest,
    digest: columns.plan_digest,
    toolVersion: columns.tool_version,
    summary: summaries.of({ id, summary_json: columns.summary_json }),
    policies: columns.policies_json ?? [],
  };
};

const toRun = (row: unknown, summaries: Summaries): Run => {
  const columns = readRow(runColumns, 'runs', row);
  return {
    ...bareRun(columns),
    plan: readPlan(columns.id, row, summaries),
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
