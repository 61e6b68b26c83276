import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { PullFacts, Sighting } from '../domain/sighting.ts';
import type { Sightings } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, readRow, storedSha } from './stored-json.ts';

const sighting = z
  .object({
    repository_id: integer,
    pull_number: integer,
    state: z.enum(['open', 'closed']),
    head_sha: storedSha,
    base_ref: z.string(),
    draft: integer,
    revision: integer,
    seen_at: integer,
  })
  .transform(
    (row): Sighting => ({
      repositoryId: row.repository_id,
      number: row.pull_number,
      state: row.state,
      headSha: row.head_sha,
      baseRef: row.base_ref,
      draft: row.draft !== 0,
      revision: row.revision,
      at: row.seen_at,
    }),
  );

const read = (row: unknown): Sighting => readRow(sighting, 'sightings', row);

const toColumns = (facts: PullFacts, at: number) => ({
  state: facts.state,
  head_sha: facts.headSha,
  base_ref: facts.baseRef,
  draft: facts.draft ? 1 : 0,
  seen_at: at,
});

export const createSightings = (db: Kysely<Tables>): Sightings => ({
  note: async (repositoryId, facts, at) => {
    const seen = toColumns(facts, at);
    await db
      .insertInto('sightings')
      .values({ repository_id: repositoryId, pull_number: facts.number, revision: 1, ...seen })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'pull_number'])
          .doUpdateSet({ ...seen, revision: sql<number>`sightings.revision + 1` }),
      )
      .execute();
  },
  meet: async (repositoryId, facts, at) => {
    await db
      .insertInto('sightings')
      .values({
        repository_id: repositoryId,
        pull_number: facts.number,
        revision: 0,
        ...toColumns(facts, at),
      })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number']).doNothing())
      .execute();
  },
  get: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('sightings')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  latest: async (repositoryId) => {
    const row = await db
      .selectFrom('sightings')
      .select('seen_at')
      .where('repository_id', '=', repositoryId)
      .orderBy('seen_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : integer.parse(row.seen_at);
  },
  open: async (repositoryId) => {
    const rows = await db
      .selectFrom('sightings')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('state', '=', 'open')
      .execute();
    return rows.map(read);
  },
});
