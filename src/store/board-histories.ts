import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { BoardHistory } from '../domain/rules/board-history.ts';
import type { BoardHistories } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow, storedPlanDigest, storedSha } from './stored-json.ts';

const history: z.ZodType<BoardHistory> = z.object({
  body: z.string().nullable(),
  sending: z.string().nullable(),
  writtenAt: integer.nullable(),
  shown: z.record(
    z.string(),
    z.array(
      z.object({
        digest: storedPlanDigest.nullable(),
        // Rows of older versions do not have it.
        commit: storedSha.nullable().default(null),
        at: integer.nullable(),
        sentAt: integer,
      }),
    ),
  ),
  altered: z.array(z.object({ from: integer, until: integer.nullable() })),
});

const row = z.object({ history_json: json(history) });

export const createBoardHistories = (db: Kysely<Tables>): BoardHistories => ({
  get: async ({ repositoryId, pullNumber }) => {
    const found = await db
      .selectFrom('board_histories')
      .select('history_json')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .executeTakeFirst();
    return found === undefined ? null : readRow(row, 'board_histories', found).history_json;
  },
  put: async ({ repositoryId, pullNumber }, kept) => {
    const history_json = JSON.stringify(kept);
    await db
      .insertInto('board_histories')
      .values({ repository_id: repositoryId, pull_number: pullNumber, history_json })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'pull_number']).doUpdateSet({ history_json }),
      )
      .execute();
  },
});
