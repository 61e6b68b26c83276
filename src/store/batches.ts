import type { Kysely } from 'kysely';
import { z } from 'zod';
import { applyCauses, type Batch } from '../domain/batch.ts';
import type { RepoRef } from '../domain/pull.ts';
import type { BreakGlass } from '../domain/rules/break-glass.ts';
import { runVerbs } from '../domain/run.ts';
import { findingKinds, type Held } from '../domain/trust/finding.ts';
import type { Batches, PullKey } from './port.ts';
import type { Tables } from './schema.ts';
import {
  actorSchema,
  integer,
  json,
  problemSchema,
  projectSchema,
  readRow,
  repoRefSchema,
  storedBatchId,
  storedPressId,
  storedProjectKey,
  storedSha,
  storedTree,
  toJson,
} from './stored-json.ts';

const skipped = z.object({
  name: z.string(),
  dir: z.string(),
  workspace: z.string(),
  reason: z.string(),
  removed: z.boolean().default(false),
});

const heldSchema: z.ZodType<Held> = z.object({
  project: storedProjectKey,
  answer: z.enum(['trust', 'refuse']),
  findings: z.array(
    z.object({
      // A kind of an older version says at least that something is in the way.
      kind: z.enum(findingKinds).catch('unreadable'),
      path: z.string(),
      line: integer.nullable(),
      subject: z.string(),
      place: z.string().nullable(),
      answer: z.enum(['trust', 'refuse']),
    }),
  ),
  more: integer,
});

const notesSchema = z.object({
  moving: z.array(
    z.object({ path: z.string(), line: integer.nullable(), source: z.string(), moves: z.string() }),
  ),
  moreMoving: integer,
  usedBy: z.object({ projects: integer, repositories: integer }).nullable(),
  // Rows of older servers do not have it.
  unread: z
    .object({
      tools: z.array(z.object({ tool: z.string(), files: integer, first: z.string() })),
      answer: z.enum(['tell', 'fail', 'ask']),
    })
    .nullable()
    .default(null),
});

const breakGlassSchema: z.ZodType<BreakGlass> = z.object({ reason: z.string(), at: integer });

const batch = z
  .object({
    id: storedBatchId,
    repository_id: integer,
    repo_json: json(repoRefSchema),
    pull_number: integer,
    verb: z.enum(runVerbs),
    head_sha: storedSha,
    base_sha: storedSha,
    tree: storedTree.nullable(),
    actor_json: json(actorSchema).nullable(),
    comment_id: integer.nullable(),
    press_id: storedPressId.nullable(),
    affected_json: json(z.array(projectSchema)),
    followers_json: json(z.array(projectSchema)).nullable(),
    selected_json: json(z.array(storedProjectKey)),
    skipped_json: json(z.array(skipped)),
    not_taken_json: json(z.array(z.object({ name: z.string(), keys: z.array(z.string()) }))),
    left_json: json(
      z.array(z.object({ project: z.string(), problem: problemSchema, needs: z.string().exactOptional() })),
    ),
    held_json: json(z.array(heldSchema)),
    rules_after_merge: integer,
    cause: z.enum(applyCauses),
    notes_json: json(notesSchema).nullable(),
    break_glass_json: json(breakGlassSchema).nullable(),
    problem_json: json(problemSchema).nullable(),
    created_at: integer,
  })
  .transform(
    (row): Batch => ({
      id: row.id,
      repositoryId: row.repository_id,
      repo: row.repo_json,
      pullNumber: row.pull_number,
      verb: row.verb,
      headSha: row.head_sha,
      baseSha: row.base_sha,
      tree: row.tree,
      actor: row.actor_json,
      commentId: row.comment_id,
      ...(row.press_id === null ? {} : { press: row.press_id }),
      affected: row.affected_json,
      ...(row.followers_json === null ? {} : { followers: row.followers_json }),
      selected: row.selected_json,
      skipped: row.skipped_json,
      notTaken: row.not_taken_json,
      left: row.left_json,
      held: row.held_json,
      rulesAfterMerge: row.rules_after_merge,
      cause: row.cause,
      ...(row.notes_json === null ? {} : { notes: row.notes_json }),
      ...(row.break_glass_json === null ? {} : { breakGlass: row.break_glass_json }),
      problem: row.problem_json,
      createdAt: row.created_at,
    }),
  );

const repository = z.object({ repository_id: integer, repo_json: json(repoRefSchema) });

const head = z.object({ head_sha: storedSha });

const read = (row: unknown): Batch | null => (row === undefined ? null : readRow(batch, 'batches', row));

export const createBatches = (db: Kysely<Tables>): Batches => ({
  add: async (wanted) => {
    const added = await db
      .insertInto('batches')
      .values({
        id: wanted.id,
        repository_id: wanted.repositoryId,
        repo_json: JSON.stringify(wanted.repo),
        pull_number: wanted.pullNumber,
        verb: wanted.verb,
        head_sha: wanted.headSha,
        base_sha: wanted.baseSha,
        tree: wanted.tree,
        actor_json: toJson(wanted.actor),
        comment_id: wanted.commentId,
        press_id: wanted.press ?? null,
        affected_json: JSON.stringify(wanted.affected),
        followers_json: toJson(wanted.followers ?? null),
        selected_json: JSON.stringify(wanted.selected),
        skipped_json: JSON.stringify(wanted.skipped),
        not_taken_json: JSON.stringify(wanted.notTaken),
        left_json: JSON.stringify(wanted.left),
        held_json: JSON.stringify(wanted.held),
        rules_after_merge: wanted.rulesAfterMerge,
        cause: wanted.cause,
        notes_json: toJson(wanted.notes ?? null),
        break_glass_json: toJson(wanted.breakGlass ?? null),
        problem_json: toJson(wanted.problem),
        created_at: wanted.createdAt,
      })
      // The same comment or press, or the same batch again after a crash.
      .onConflict((conflict) => conflict.doNothing())
      .returning('seq')
      .executeTakeFirst();
    return added === undefined ? 'known' : 'new';
  },
  widen: async (id, affected) => {
    await db
      .updateTable('batches')
      .set({ affected_json: JSON.stringify(affected) })
      .where('id', '=', id)
      .execute();
  },
  get: async (id) => read(await db.selectFrom('batches').selectAll().where('id', '=', id).executeTakeFirst()),
  repositories: async () => {
    const found: RepoRef[] = [];
    // From one to the next by the index: there may be a hundred thousand batches.
    for (let last = 0; ; last = found.at(-1)?.id ?? last) {
      const row = await db
        .selectFrom('batches')
        .select(['repository_id', 'repo_json'])
        .where('repository_id', '>', last)
        .orderBy('repository_id')
        .orderBy('pull_number', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return found;
      const { repository_id: id, repo_json } = readRow(repository, 'batches', row);
      found.push({ ...repo_json, id });
    }
  },
  heads: async (pull, limit) => {
    const rows = await db
      .selectFrom('batches')
      .select(['head_sha', (eb) => eb.fn.max('seq').as('last')])
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .where('verb', '=', 'plan')
      .groupBy('head_sha')
      .orderBy('last', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => readRow(head, 'batches', row).head_sha);
  },
  latest: async (pull, verb) => read(await newest(db, pull, verb).executeTakeFirst()),
  latestSound: async (pull, headSha) =>
    read(
      await newest(db, pull, 'plan')
        .where('head_sha', '=', headSha)
        .where('problem_json', 'is', null)
        .executeTakeFirst(),
    ),
});

/** By who came last, not by the clock on the wall: it may have been set back. */
const newest = (db: Kysely<Tables>, { repositoryId, pullNumber }: PullKey, verb: Batch['verb']) =>
  db
    .selectFrom('batches')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('pull_number', '=', pullNumber)
    .where('verb', '=', verb)
    .orderBy('seq', 'desc')
    .limit(1);
