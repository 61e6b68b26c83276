import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type TagAt, type TagRefusal, tagRefusals } from '../../domain/tags/choice.ts';
import type { Tagged } from '../../domain/tags/tagged.ts';
import type { Tables } from '../schema.ts';
import { integer, json, readRow, repoRefSchema, storedProjectKey, storedSha } from '../stored-json.ts';
import type { TagRows } from './port.ts';

const tagAt: z.ZodType<TagAt> = z.object({ tag: z.string(), commit: storedSha });

const refusal: z.ZodType<TagRefusal> = z.object({
  kind: z.enum(tagRefusals),
  tag: z.string(),
  from: storedSha.nullable(),
  to: storedSha.nullable(),
  other: z.string().nullable(),
});

const tagged = z
  .object({
    project_key: storedProjectKey,
    repository_id: integer,
    repo_json: json(repoRefSchema),
    source_json: json(z.object({ tag: z.string(), semver: z.string().nullable() })),
    chosen_json: json(tagAt).nullable(),
    refused_json: json(z.union([refusal, z.enum(['empty', 'unread'])])).nullable(),
    at: integer,
  })
  .transform(
    (row): Tagged => ({
      project: row.project_key,
      repo: row.repo_json,
      source: row.source_json,
      chosen: row.chosen_json,
      refused: row.refused_json,
      at: row.at,
    }),
  );

const keptTag = z.object({ tag: z.string(), commit_sha: storedSha });

const orNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

export const createTags = (db: Kysely<Tables>): TagRows => {
  const rows = () => db.selectFrom('tagged').selectAll();
  return {
    kept: async (repositoryId) => {
      const kept = await db
        .selectFrom('kept_tags')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .orderBy('tag')
        .execute();
      return new Map(
        kept.map((row) => {
          const { tag, commit_sha: commit } = readRow(keptTag, 'kept_tags', row);
          return [tag, commit];
        }),
      );
    },
    keep: async (repository_id, tag, commit_sha, at) => {
      await db
        .insertInto('kept_tags')
        .values({ repository_id, tag, commit_sha, at })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    get: async (project) => {
      const row = await rows().where('project_key', '=', project).executeTakeFirst();
      return row === undefined ? null : readRow(tagged, 'tagged', row);
    },
    ofRepository: async (repositoryId) =>
      (await rows().where('repository_id', '=', repositoryId).orderBy('project_key').execute()).map((row) =>
        readRow(tagged, 'tagged', row),
      ),
    put: async ({ project, repo, source, chosen, refused, at }) => {
      const rest = {
        repository_id: repo.id,
        repo_json: JSON.stringify(repo),
        source_json: JSON.stringify(source),
        chosen_json: orNull(chosen),
        refused_json: orNull(refused),
        at,
      };
      await db
        .insertInto('tagged')
        .values({ project_key: project, ...rest })
        .onConflict((conflict) => conflict.column('project_key').doUpdateSet(rest))
        .execute();
    },
    remove: async (project) => {
      await db.deleteFrom('tagged').where('project_key', '=', project).execute();
    },
  };
};
