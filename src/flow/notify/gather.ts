import { z } from 'zod';
import type { NotifySettings } from '../../config/notify.ts';
import type { AuditEvent } from '../../domain/audit.ts';
import { isNews, type Notification, thingOf } from '../../domain/notification.ts';
import { endsHeld, heldUntil } from '../../domain/notification-pacing.ts';
import { fullNameOf } from '../../domain/pull.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import { notificationOf } from './event.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock'> & { readonly notify: NotifySettings };

const cursorName = 'notifications';
const cursorSchema = z.object({ seq: z.number().int().nonnegative() }).nullable().catch(null);
const bite = 50;

/**
 * Takes what the audit trail has new into rows for each channel that a route names, in one transaction with how far it came: a crash
 * neither loses an event nor tells one twice. Every decision has its row there, so no stage has to think of who else wants to know.
 *
 * @returns is there more?
 */
export const gather = async ({ store, clock, notify }: Ports): Promise<boolean> => {
  const known = cursorSchema.parse(await store.cursors.get(cursorName));
  // Looked at whenever anything happens: mostly nothing is new, and a transaction is in everybody's way.
  if (known !== null && (await store.audit.head()).seq === known.seq) return false;
  return store.transact(async (tables) => {
    const cursor = cursorSchema.parse(await tables.cursors.get(cursorName));
    // What was before there was anybody to tell is past.
    const from = cursor?.seq ?? (await tables.audit.head()).seq;
    const rows = await tables.audit.after(from, bite);
    for (const row of rows) await tell(tables, notify, row, clock.now());
    const seq = rows.at(-1)?.seq ?? from;
    if (cursor?.seq !== seq) await tables.cursors.set(cursorName, { seq });
    return rows.length === bite;
  });
};

/** What happens from now on is told to nobody. */
export const forget = async ({ cursors }: Pick<Ports['store'], 'cursors'>): Promise<void> => {
  if ((await cursors.get(cursorName)) !== null) await cursors.set(cursorName, null);
};

const tell = async (
  tables: StoreTables,
  notify: NotifySettings,
  row: AuditEvent & { readonly seq: number },
  now: number,
): Promise<void> => {
  const found = await notificationOf(tables, row);
  if (found === null) return;
  const { notification, key, about } = found;
  const { repo, pullNumber, type, level, environment } = notification;
  const thing = thingOf(repo.id, pullNumber, key);
  const conversation = pullNumber === null || key === null ? null : thingOf(repo.id, pullNumber, null);
  const told = { type, level, about };
  for (const { name } of notify.channels) {
    const wasHeld = endsHeld(type) && (await tables.notifications.withdraw(name, thing, now));
    const last = await tables.notifications.lastTold(name, thing);
    const event = { type, level, repository: fullNameOf(repo), environment };
    if (!notify.goesTo(name, event, last?.level ?? null)) continue;
    const { news, recovered } = isNews(last, told);
    // That it is over was told before, and that it came again was not.
    if (!news || (wasHeld && last?.type === type && level === 'information')) continue;
    const before = await tables.notifications.toldAt(name, thing, told);
    const one: Notification = { ...notification, recovered };
    await tables.notifications.add({
      channel: name,
      thing,
      conversation,
      about,
      notification: one,
      createdAt: now,
      heldUntil: heldUntil(type, before, now),
    });
  }
};
