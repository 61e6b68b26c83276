import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  type ConsumersLook,
  effects,
  type FoundConsumers,
  lookStates,
  type UsedModules,
} from '../../domain/consumers.ts';
import { repoPath } from '../../domain/repo-path.ts';
import { findingKinds } from '../../domain/trust/finding.ts';
import type { Tables } from '../schema.ts';
import { actorSchema, integer, json, readRow, repoRefSchema, storedSha, texts } from '../stored-json.ts';
import type { ConsumerLooks, UsedModulesRows } from './port.ts';

const line = integer.nullable();

const folder = z.string().transform(repoPath);

const call = z.object({
  key: z.string(),
  source: z.string(),
  path: z.string(),
  line,
  through: z.array(z.object({ key: z.string(), source: z.string(), folder })),
});

const used = z
  .object({
    repo_json: json(repoRefSchema),
    branch: z.string(),
    commit_sha: storedSha,
    projects_json: json(
      z.array(
        z.object({
          name: z.string(),
          dir: folder,
          workspace: z.string(),
          calls: z.array(call),
        }),
      ),
    ),
  })
  .transform(
    (row): UsedModules => ({
      repo: row.repo_json,
      branch: row.branch,
      commit: row.commit_sha,
      projects: row.projects_json,
    }),
  );

const counts = z.object({
  create: integer,
  update: integer,
  replace: integer,
  delete: integer,
  import: integer,
  move: integer,
  forget: integer,
  read: integer,
  invoke: integer,
  deferred: integer,
});

const found: z.ZodType<FoundConsumers> = z.object({
  headSha: storedSha.nullable(),
  consumers: z.array(
    z.object({
      repository: z.string(),
      project: z.string(),
      effect: z.enum(effects),
      counts: counts.nullable(),
      because: z.string().nullable(),
      dangers: z.array(z.object({ address: z.string(), action: z.enum(['delete', 'replace']) })),
    }),
  ),
  untouched: integer,
  repositories: integer,
  unread: texts,
  findings: z.array(
    z.object({
      kind: z.enum(findingKinds),
      path: z.string(),
      line,
      subject: z.string(),
      place: z.string().nullable(),
      answer: z.enum(['trust', 'refuse']),
    }),
  ),
  because: z.string().nullable(),
});

const look = z
  .object({
    repo_json: json(repoRefSchema),
    pull_number: integer,
    comment_id: integer,
    actor_json: json(actorSchema),
    state: z.enum(lookStates),
    found_json: json(found),
    asked_at: integer,
  })
  .transform(
    (row): ConsumersLook => ({
      repo: row.repo_json,
      pullNumber: row.pull_number,
      commentId: row.comment_id,
      actor: row.actor_json,
      state: row.state,
      found: row.found_json,
      at: row.asked_at,
    }),
  );

const readUsed = (row: unknown): UsedModules => readRow(used, 'used_modules', row);
const readLook = (row: unknown): ConsumersLook => readRow(look, 'consumer_looks', row);

export const createUsedModules = (db: Kysely<Tables>): UsedModulesRows => ({
  get: async (repositoryId) => {
    const row = await db
      .selectFrom('used_modules')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .executeTakeFirst();
    return row === undefined ? null : readUsed(row);
  },
  put: async ({ repo, branch, commit, projects }) => {
    const facts = {
      repo_json: JSON.stringify(repo),
      branch,
      commit_sha: commit,
      projects_json: JSON.stringify(projects),
    };
    await db
      .insertInto('used_modules')
      .values({ repository_id: repo.id, ...facts })
      .onConflict((conflict) => conflict.column('repository_id').doUpdateSet(facts))
      .execute();
  },
  remove: async (repositoryId) => {
    await db.deleteFrom('used_modules').where('repository_id', '=', repositoryId).execute();
  },
  all: async () =>
    (await db.selectFrom('used_modules').selectAll().orderBy('repository_id').execute()).map(readUsed),
});

export const createConsumerLooks = (db: Kysely<Tables>): ConsumerLooks => {
  const end: ConsumerLooks['end'] = async ({ repositoryId, pullNumber }) => {
    await db
      .updateTable('consumer_looks')
      .set({ state: 'over' })
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .where('state', '=', 'looking')
      .execute();
  };
  return {
    add: async (one) => {
      const known = await db
        .selectFrom('consumer_looks')
        .select('seq')
        .where('repository_id', '=', one.repo.id)
        .where('comment_id', '=', one.commentId)
        .executeTakeFirst();
      if (known !== undefined) return 'known';
      await end({ repositoryId: one.repo.id, pullNumber: one.pullNumber });
      await db
        .insertInto('consumer_looks')
        .values({
          repository_id: one.repo.id,
          repo_json: JSON.stringify(one.repo),
          pull_number: one.pullNumber,
          comment_id: one.commentId,
          actor_json: JSON.stringify(one.actor),
          state: one.state,
          found_json: JSON.stringify(one.found),
          asked_at: one.at,
        })
        .execute();
      return 'new';
    },
    latest: async ({ repositoryId, pullNumber }) => {
      const row = await db
        .selectFrom('consumer_looks')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('pull_number', '=', pullNumber)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : readLook(row);
    },
    looking: async () => {
      const rows = await db
        .selectFrom('consumer_looks')
        .selectAll()
        .where('state', '=', 'looking')
        .orderBy('seq')
        .execute();
      return rows.map(readLook);
    },
    note: async ({ repo, commentId, state, found }) => {
      const noted = await db
        .updateTable('consumer_looks')
        .set({ state, found_json: JSON.stringify(found) })
        .where('repository_id', '=', repo.id)
        .where('comment_id', '=', commentId)
        .where('state', '=', 'looking')
        .returning('seq')
        .execute();
      return noted.length > 0;
    },
    end,
  };
};
