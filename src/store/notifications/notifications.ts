import type { ExpressionBuilder, Kysely } from 'kysely';
import { z } from 'zod';
import { type Notification, notificationLevels } from '../../domain/notification.ts';
import { calmMs } from '../../domain/notification-pacing.ts';
import type { Tables } from '../schema.ts';
import { integer, json, readRow, repoRefSchema } from '../stored-json.ts';
import type { Notifications, StoredNotification } from './port.ts';

const level = z.enum(notificationLevels);

const body: z.ZodType<Notification> = z.object({
  id: z.string(),
  type: z.string(),
  level,
  recovered: z.boolean(),
  at: integer,
  repo: repoRefSchema,
  pullNumber: integer.nullable(),
  project: z.object({ name: z.string(), dir: z.string(), workspace: z.string() }).nullable(),
  environment: z.string().nullable(),
  actor: z.string().nullable(),
  runId: z.string().nullable(),
  sha: z.string().nullable(),
  changes: z.record(z.string(), integer).nullable(),
  problem: z.string().nullable(),
});

const told = z.object({ type: z.string(), level, about: z.string() });

const stored = z
  .object({
    seq: integer,
    channel: z.string(),
    thing: z.string(),
    conversation: z.string().nullable(),
    about: z.string(),
    body_json: json(body),
    attempts: integer,
    because: z.string().nullable(),
    created_at: integer,
    held_until: integer.nullable(),
  })
  .transform(
    ({ body_json, created_at, held_until, ...row }): StoredNotification => ({
      ...row,
      notification: body_json,
      createdAt: created_at,
      heldUntil: held_until,
    }),
  );

const state = z.object({ state: z.enum(['waiting', 'dead']) });
const message = z.object({ message: z.string() });

const read = (row: unknown): StoredNotification => readRow(stored, 'notifications', row);

/** What is held back for longer than anything is was written by a clock that was wrong. */
const isDue = (at: number) => (eb: ExpressionBuilder<Tables, 'notifications'>) =>
  eb.or([eb('held_until', 'is', null), eb('held_until', '<=', at), eb('held_until', '>', at + calmMs)]);

export const createNotifications = (db: Kysely<Tables>): Notifications => ({
  add: async ({ channel, thing, conversation, about, notification, createdAt, heldUntil }) => {
    const added = await db
      .insertInto('notifications')
      .values({
        id: notification.id,
        channel,
        repository_id: notification.repo.id,
        thing,
        conversation,
        type: notification.type,
        level: notification.level,
        about,
        body_json: JSON.stringify(notification),
        state: 'waiting',
        attempts: 0,
        because: null,
        created_at: createdAt,
        held_until: heldUntil,
        ended_at: null,
      })
      .onConflict((conflict) => conflict.columns(['channel', 'id']).doNothing())
      .returning('seq')
      .execute();
    return added.length > 0 ? 'new' : 'known';
  },
  lastTold: async (channel, thing) => {
    const row = await db
      .selectFrom('notifications')
      .select(['type', 'level', 'about'])
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .where('state', '!=', 'withdrawn')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : readRow(told, 'notifications', row);
  },
  toldAt: async (channel, thing, { type, about }) => {
    const row = await db
      .selectFrom('notifications')
      .select(['created_at', 'held_until'])
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .where('type', '=', type)
      .where('about', '=', about)
      // What was not shown to anybody is news.
      .where('state', 'in', ['waiting', 'sent', 'dead'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : (row.held_until ?? row.created_at);
  },
  withdraw: async (channel, thing, at) => {
    const gone = await db
      .updateTable('notifications')
      .set({ state: 'withdrawn', ended_at: at })
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .where('state', '=', 'waiting')
      .where('held_until', '>', at)
      .returning('seq')
      .execute();
    return gone.length > 0;
  },
  heldUntil: async (channel) => {
    const row = await db
      .selectFrom('notifications')
      .select((eb) => eb.fn.min('held_until').as('until'))
      .where('channel', '=', channel)
      .where('state', '=', 'waiting')
      .executeTakeFirst();
    return row?.until ?? null;
  },
  next: async (channel, at) => {
    const row = await db
      .selectFrom('notifications')
      .selectAll()
      .where('channel', '=', channel)
      .where('state', '=', 'waiting')
      .where(isDue(at))
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  newest: async (channel, thing, at) => {
    const rows = await db
      .selectFrom('notifications')
      .selectAll()
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .where('state', '=', 'waiting')
      .where(isDue(at))
      .orderBy('seq', 'desc')
      .execute();
    const [newest] = rows;
    if (newest === undefined) return null;
    await db
      .updateTable('notifications')
      .set({ state: 'superseded', ended_at: at })
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .where('state', '=', 'waiting')
      .where('seq', '<', newest.seq)
      .execute();
    return read(newest);
  },
  tried: async (seq, because) => {
    await db
      .updateTable('notifications')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), because }))
      .where('seq', '=', seq)
      .execute();
  },
  end: async (seq, how, because, at) => {
    await db
      .updateTable('notifications')
      .set((eb) => ({ state: how, because, ended_at: at, attempts: eb('attempts', '+', 1) }))
      .where('seq', '=', seq)
      .where('state', '=', 'waiting')
      .execute();
  },
  message: async (channel, thing) => {
    const row = await db
      .selectFrom('notification_messages')
      .select('message')
      .where('channel', '=', channel)
      .where('thing', '=', thing)
      .executeTakeFirst();
    return row === undefined ? null : readRow(message, 'notification_messages', row).message;
  },
  keepMessage: async (channel, thing, id) => {
    await db
      .insertInto('notification_messages')
      .values({ channel, thing, message: id })
      .onConflict((conflict) => conflict.columns(['channel', 'thing']).doUpdateSet({ message: id }))
      .execute();
  },
  open: async (repositories, limit) => {
    if (repositories !== null && repositories.length === 0) return [];
    const rows = await db
      .selectFrom('notifications')
      .selectAll()
      .where('state', 'in', ['waiting', 'dead'])
      .$if(repositories !== null, (of) => of.where('repository_id', 'in', repositories ?? []))
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...read(row), ...readRow(state, 'notifications', row) }));
  },
  counts: async () => {
    const rows = await db
      .selectFrom('notifications')
      .select((eb) => [
        eb.fn.countAll().as('count'),
        eb.fn.min(eb.fn.coalesce('held_until', 'created_at')).as('oldest'),
        'state',
      ])
      .where('state', 'in', ['waiting', 'dead'])
      .groupBy('state')
      .execute();
    const of = (wanted: string) => rows.find((row) => row.state === wanted);
    return {
      waiting: Number(of('waiting')?.count ?? 0),
      dead: Number(of('dead')?.count ?? 0),
      oldestAt: of('waiting')?.oldest ?? null,
    };
  },
  prune: async (before, limit) => {
    const old = await db
      .selectFrom('notifications')
      .select('seq')
      .where('ended_at', '<', before)
      .orderBy('seq')
      .limit(limit)
      .execute();
    if (old.length > 0)
      await db
        .deleteFrom('notifications')
        .where(
          'seq',
          'in',
          old.map(({ seq }) => seq),
        )
        .execute();
    return old.length;
  },
});
