import type { Insertable, Kysely } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { Delivery } from '../domain/trigger.ts';
import type { Deliveries } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow, storedPressId, toJson, triggerSchema } from './stored-json.ts';

type DeliveryRow = Insertable<Tables['deliveries']>;

const delivery = z
  .object({
    id: z.string(),
    event: z.string(),
    action: z.string().nullable(),
    repository: z.string().nullable(),
    trigger_json: json(triggerSchema).nullable(),
    received_at: integer,
  })
  .transform(
    (row): Delivery => ({
      id: row.id,
      event: row.event,
      action: row.action,
      repository: row.repository,
      trigger: row.trigger_json,
      receivedAt: row.received_at,
    }),
  );

const toRow = (delivery: Delivery, ignored: string | undefined, now: number): DeliveryRow => ({
  id: delivery.id,
  event: delivery.event,
  action: delivery.action,
  repository: delivery.repository,
  trigger_json: toJson(delivery.trigger),
  received_at: delivery.receivedAt,
  repository_id: delivery.trigger?.pull.repo.id ?? null,
  pull_number: delivery.trigger?.pull.number ?? null,
  comment_id: delivery.trigger?.kind === 'comment' ? delivery.trigger.commentId : null,
  press_id: delivery.trigger?.kind === 'button' ? delivery.trigger.pressId : null,
  ...(ignored === undefined ? { state: 'pending' } : { state: 'ignored', reason: ignored, finished_at: now }),
});

/** One INSERT that tells whether the row is new. */
const insertDelivery = async (db: Kysely<Tables>, row: DeliveryRow): Promise<'new' | 'known'> => {
  const added = await db
    .insertInto('deliveries')
    .values(row)
    // The same id again, or the same comment or press under another one.
    .onConflict((conflict) => conflict.doNothing())
    .returning('seq')
    .executeTakeFirst();
  return added === undefined ? 'known' : 'new';
};

/** Does a piece of writing. Resolves when it is durable, or, inside a transaction, as durable as that will be. */
export type Write = <Out>(work: (db: Kysely<Tables>) => Promise<Out>) => Promise<Out>;

/** @param write at once inside a transaction, in groups outside of one */
export const createDeliveries = (db: Kysely<Tables>, clock: Clock, write: Write): Deliveries => ({
  record: async (wanted, ignored) => {
    // Made into a row first: what cannot be written fails alone, not with the group it would have been in.
    const row = toRow(wanted, ignored, clock.now());
    return write((tables) => insertDelivery(tables, row));
  },
  pending: async (limit, except = new Set()) => {
    // Ids first: under load many wait in somebody's hands already, each with a comment of up to 64 kB.
    const waiting = await db
      .selectFrom('deliveries')
      .select('id')
      .where('state', '=', 'pending')
      .orderBy('seq')
      .limit(limit + except.size)
      .execute();
    const ids = waiting
      .map(({ id }) => id)
      .filter((id) => !except.has(id))
      .slice(0, limit);
    if (ids.length === 0) return [];
    const rows = await db
      .selectFrom('deliveries')
      .select(['id', 'event', 'action', 'repository', 'trigger_json', 'received_at'])
      .where('id', 'in', ids)
      .where('state', '=', 'pending')
      .orderBy('seq')
      .execute();
    return rows.map((row) => readRow(delivery, 'deliveries', row));
  },
  commentOf: async (repositoryId, commentId) => {
    const row = await db
      .selectFrom('deliveries')
      .select(['id', 'event', 'action', 'repository', 'trigger_json', 'received_at'])
      .where('repository_id', '=', repositoryId)
      .where('comment_id', '=', commentId)
      .executeTakeFirst();
    const trigger = row === undefined ? null : readRow(delivery, 'deliveries', row).trigger;
    return trigger?.kind === 'comment' ? trigger.body : null;
  },
  isPress: async (repositoryId, press) => {
    const row = await db
      .selectFrom('deliveries')
      .select('seq')
      .where('repository_id', '=', repositoryId)
      .where('press_id', '=', press)
      .executeTakeFirst();
    return row !== undefined;
  },
  lastPress: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('deliveries')
      .select('press_id')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .where('press_id', 'is not', null)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return storedPressId.nullable().parse(row?.press_id ?? null);
  },
  backlog: async () => {
    const row = await db
      .selectFrom('deliveries')
      .select((eb) => [eb.fn.countAll().as('pending'), eb.fn.min('received_at').as('oldest')])
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow();
    return { pending: integer.parse(row.pending), oldestAt: integer.nullable().parse(row.oldest) };
  },
  ofPull: async ({ repositoryId, pullNumber }, since) => {
    const rows = await db
      .selectFrom('deliveries')
      .select((eb) => ['state', eb.fn.countAll().as('rows')])
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .where((eb) =>
        eb.or([
          eb('state', '=', 'pending'),
          eb.and([eb('state', '=', 'failed'), eb('received_at', '>=', since)]),
        ]),
      )
      .groupBy('state')
      .execute();
    const count = (state: string) => integer.parse(rows.find((row) => row.state === state)?.rows ?? 0);
    return { pending: count('pending'), failed: count('failed') };
  },
  putAside: async () => {
    const row = await db
      .selectFrom('deliveries')
      .select((eb) => eb.fn.countAll().as('rows'))
      .where('state', '=', 'failed')
      .executeTakeFirstOrThrow();
    return integer.parse(row.rows);
  },
  finish: async (id, outcome, reason) => {
    const change = { state: outcome, reason, finished_at: clock.now() };
    await write((tables) => tables.updateTable('deliveries').set(change).where('id', '=', id).execute());
  },
});
