import type { Insertable, Kysely } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { Delivery } from '../domain/trigger.ts';
import type { Deliveries } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow, toJson, triggerSchema } from './stored-json.ts';

export type DeliveryRow = Insertable<Tables['deliveries']>;

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

const toRow = (delivery: Delivery): DeliveryRow => ({
  id: delivery.id,
  event: delivery.event,
  action: delivery.action,
  repository: delivery.repository,
  trigger_json: toJson(delivery.trigger),
  received_at: delivery.receivedAt,
  state: 'pending',
});

/** One INSERT that tells whether the row is new. */
export const insertDelivery = async (db: Kysely<Tables>, row: DeliveryRow): Promise<'new' | 'known'> => {
  const added = await db
    .insertInto('deliveries')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('seq')
    .executeTakeFirst();
  return added === undefined ? 'known' : 'new';
};

/** @param insert how a row gets in: alone inside a transaction, in groups outside of one */
export const createDeliveries = (
  db: Kysely<Tables>,
  clock: Clock,
  insert: (row: DeliveryRow) => Promise<'new' | 'known'>,
): Deliveries => ({
  // Made into a row first: what cannot be written fails alone, not with the group it would have been in.
  record: async (wanted) => insert(toRow(wanted)),
  pending: async (limit) => {
    const rows = await db
      .selectFrom('deliveries')
      .select(['id', 'event', 'action', 'repository', 'trigger_json', 'received_at'])
      .where('state', '=', 'pending')
      .orderBy('received_at')
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map((row) => readRow(delivery, 'deliveries', row));
  },
  finish: async (id, outcome, reason) => {
    await db
      .updateTable('deliveries')
      .set({ state: outcome, reason, finished_at: clock.now() })
      .where('id', '=', id)
      .execute();
  },
});
