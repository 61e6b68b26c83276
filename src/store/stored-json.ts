import { z } from 'zod';
import {
  artifactDigest,
  batchId,
  inputsDigest,
  planDigest,
  pressId,
  projectKeyFromText,
  runId,
  sha,
  treeId,
} from '../domain/ids.ts';
import { mergeMethods } from '../domain/merging.ts';
import { type Problem, type ProblemCode, problemCatalogue } from '../domain/problem.ts';
import type { ApplyMode, Feed, Project } from '../domain/project.ts';
import type { Actor, PullRef, RepoRef } from '../domain/pull.ts';
import { repoPath } from '../domain/repo-path.ts';
import type { Trigger } from '../domain/trigger.ts';
import type { Workflow } from '../domain/workflow.ts';
import { storedDrift } from './drifts/stored-settings.ts';
import { storedRequirements, storedWho } from './stored-rules.ts';

/** What is in a row was written by us once, perhaps by an older version: it is checked like anything that comes in. */

const checked = <T>(check: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return check(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'not in the expected form' });
      return z.NEVER;
    }
  });

/** A text column that holds JSON of that shape. */
export const json = <T>(schema: z.ZodType<T>) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

export const storedSha = checked(sha);
export const storedTree = checked(treeId);
export const storedRunId = checked(runId);
export const storedBatchId = checked(batchId);
export const storedPressId = checked(pressId);
export const storedProjectKey = checked(projectKeyFromText);
export const storedArtifactDigest = checked(artifactDigest);
export const storedInputsDigest = checked(inputsDigest);
export const storedPlanDigest = checked(planDigest);
export const integer = z.number().int();
export const texts = z.array(z.string());

export const actorSchema: z.ZodType<Actor> = z.object({
  id: integer,
  login: z.string(),
  kind: z.enum(['user', 'bot']),
});

// A code that was renamed since must not make an old run unreadable: its sentence still says all there is to say.
const problemCode = z
  .custom<ProblemCode>((value) => typeof value === 'string' && Object.hasOwn(problemCatalogue, value))
  .catch('internal');

export const problemSchema: z.ZodType<Problem> = z.object({
  code: problemCode,
  sentence: z.string(),
  advice: z.string(),
  details: z.string().exactOptional(),
});

const storedProgram = z.tuple([z.string()], z.string());

const workflowSteps: z.ZodType<Workflow['plan']> = z
  .array(
    z.union([
      z.string(),
      storedProgram,
      z.strictObject({ env: z.string(), value: z.string() }),
      z.strictObject({ env: z.string(), program: storedProgram }),
      z.strictObject({ multienv: storedProgram }),
    ]),
  )
  .nullable();

/** Not in old rows. */
const storedWorkflow: z.ZodType<Workflow | null> = z
  .object({ name: z.string(), plan: workflowSteps, apply: workflowSteps })
  .nullable()
  .default(null);

const storedApplyMode: z.ZodType<ApplyMode> = z
  .union([
    z.object({ kind: z.enum(['command', 'merge']) }),
    z.object({ kind: z.literal('auto'), when: z.string().nullable() }),
  ])
  .default({ kind: 'command' });

/** Not in old rows. */
const storedFeeds: z.ZodType<readonly Feed[]> = z
  .array(
    z.object({
      name: z.string(),
      project: z.string(),
      output: z.string(),
      from: z
        .object({
          key: storedProjectKey,
          dir: checked(repoPath),
          workspace: z.string(),
          settings: z.object({
            runner: z.string(),
            version: z.string().nullable(),
            backendFiles: texts,
            env: z.record(z.string(), z.string()),
            reads: z.array(texts),
          }),
        })
        .nullable(),
    }),
  )
  .default([]);

export const projectSchema: z.ZodType<Project> = z.object({
  key: storedProjectKey,
  name: z.string(),
  dir: checked(repoPath),
  workspace: z.string(),
  whenModified: texts,
  // Rows of before have names, of projects that were planned together.
  dependsOn: z.array(
    z.union([
      z.string().transform((name) => ({ name, outputs: [] })),
      z.object({ name: z.string(), outputs: texts.nullable() }),
    ]),
  ),
  ends: z.string().exactOptional(),
  settings: z.object({
    runner: z.string(),
    version: z.string().nullable(),
    varFiles: texts,
    backendFiles: texts,
    env: z.record(z.string(), z.string()),
    workflow: storedWorkflow,
    environment: z.string().nullable(),
    labels: texts.default([]),
    apply: storedApplyMode,
    automerge: z
      .object({ method: z.enum(mergeMethods).nullable() })
      .nullable()
      .default(null),
    requirements: storedRequirements,
    who: storedWho,
    bindApprovals: z.enum(['plan', 'commit']).default('plan'),
    suspended: z
      .array(z.object({ by: z.string(), reason: z.string(), until: integer, source: z.string() }))
      .exactOptional(),
    policies: texts.nullable().default(null),
    reads: z.array(texts).default([]),
    with: z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean(), texts, z.record(z.string(), z.string())]),
      )
      .default({}),
    withPaths: z
      .array(z.object({ setting: z.string(), text: z.string(), kind: z.enum(['file', 'folder']) }))
      .default([]),
    feeds: storedFeeds,
    drift: storedDrift.exactOptional(),
    converge: z.boolean().exactOptional(),
  }),
});

export const repoRefSchema: z.ZodType<RepoRef> = z.object({
  id: integer,
  owner: z.string(),
  name: z.string(),
  installationId: integer,
});

const pullRefSchema: z.ZodType<PullRef> = z.object({
  repo: repoRefSchema,
  number: integer,
});

export const triggerSchema: z.ZodType<Trigger> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('pull'),
    reason: z.enum(['opened', 'reopened', 'synchronize', 'ready_for_review', 'base_edited', 'closed']),
    pull: pullRefSchema,
    sender: actorSchema,
  }),
  z.object({
    kind: z.literal('comment'),
    pull: pullRefSchema,
    onIssue: z.literal(true).exactOptional(),
    sender: actorSchema,
    commentId: integer,
    body: z.string(),
    viaAppId: integer.nullable(),
  }),
  z.object({
    kind: z.literal('rules'),
    reason: z.enum(['review', 'comment_edited']),
    pull: pullRefSchema,
    onIssue: z.literal(true).exactOptional(),
    sender: actorSchema,
    commentId: integer.nullable(),
    viaAppId: integer.nullable(),
  }),
  z.object({
    kind: z.literal('button'),
    pull: pullRefSchema,
    sender: actorSchema,
    pressId: storedPressId,
    appId: integer,
    check: z.string().nullable(),
    headSha: storedSha,
    identifier: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('group'),
    reason: z.enum(['checks_requested', 'destroyed']),
    pull: pullRefSchema,
    commit: storedSha,
    branch: z.string(),
  }),
  z.object({
    kind: z.literal('push'),
    pull: pullRefSchema,
    branch: z.string(),
    before: storedSha.nullable(),
    after: storedSha.nullable(),
    isDefault: z.boolean().nullable(),
    sender: actorSchema.nullable(),
  }),
  z.object({ kind: z.literal('tags'), pull: pullRefSchema }),
  z.object({ kind: z.literal('pending'), pull: pullRefSchema, of: integer.nullable() }),
  z.object({
    kind: z.enum(['lock_freed', 'stage', 'due', 'ready', 'correct']),
    pull: pullRefSchema,
    project: storedProjectKey,
  }),
  z.object({ kind: z.literal('stale'), pull: pullRefSchema, project: storedProjectKey }),
  z.object({ kind: z.literal('automerge'), pull: pullRefSchema }),
  z.object({ kind: z.literal('look'), pull: pullRefSchema, runId: storedRunId }),
]);

/** Reads a row, or throws an error that names the table, the row and the column but no value. */
export const readRow = <T>(schema: z.ZodType<T>, table: string, row: unknown): T => {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const key =
    typeof row === 'object' && row !== null && 'id' in row ? ` ${JSON.stringify(String(row.id))}` : '';
  throw new Error(`a row of table ${table}${key} cannot be read back: ${z.prettifyError(result.error)}`);
};

export const toJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
