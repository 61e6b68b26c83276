import { describe, expect, test } from 'vitest';
import type { Notification } from '../../src/domain/notification.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { repo } from '../store/samples.ts';
import { outgoing } from '../support/outgoing.ts';

const closing = closingAfterEach();

const notification = (id: string, more: Partial<Notification> = {}): Notification => ({
  ...outgoing.notification,
  id,
  ...more,
});
const row = (id: string, thing = 'network', more: Partial<Notification> = {}) => ({
  channel: 'ops',
  thing,
  conversation: null,
  about: `about ${id}`,
  notification: notification(id, more),
  createdAt: 1_000,
  heldUntil: null,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('an event is there once for a channel, and is told oldest first until it has ended', async () => {
    const { notifications } = await closing(make());
    expect(await notifications.next('ops', 2_000)).toBeNull();
    expect(await notifications.add(row('1'))).toBe('new');
    expect(await notifications.add(row('1'))).toBe('known');
    expect(await notifications.add({ ...row('1'), channel: 'chat' })).toBe('new');
    expect(await notifications.add(row('2', 'app'))).toBe('new');
    const first = await notifications.next('ops', 2_000);
    expect(first).toMatchObject({ ...row('1'), attempts: 0, because: null });
    await notifications.tried(first?.seq ?? 0, 'it answered 500');
    expect(await notifications.next('ops', 2_000)).toMatchObject({ attempts: 1, because: 'it answered 500' });
    await notifications.end(first?.seq ?? 0, 'sent', null, 2_000);
    await notifications.end(first?.seq ?? 0, 'dead', 'too late', 2_000);
    expect((await notifications.next('ops', 2_000))?.notification.id).toBe('2');
    expect((await notifications.next('chat', 2_000))?.notification.id).toBe('1');
  });

  test('what is held back waits for its time, and is withdrawn where it is over before', async () => {
    const { notifications } = await closing(make());
    const hour = 3_600_000;
    const what = { type: row('1').notification.type, about: 'about 1' };
    expect(await notifications.toldAt('ops', 'network', what)).toBeNull();
    await notifications.add(row('1'));
    expect(await notifications.toldAt('ops', 'network', what)).toBe(1_000);
    expect(await notifications.toldAt('ops', 'network', { ...what, about: 'other' })).toBeNull();
    await notifications.end((await notifications.next('ops', 2_000))?.seq ?? 0, 'sent', null, 2_000);
    expect(await notifications.withdraw('ops', 'network', 2_000)).toBe(false);
    await notifications.add({ ...row('2'), about: 'about 1', heldUntil: hour });
    await notifications.add(row('3', 'app'));
    expect(await notifications.toldAt('ops', 'network', what)).toBe(hour);
    expect(await notifications.heldUntil('ops')).toBe(hour);
    expect(await notifications.heldUntil('chat')).toBeNull();
    expect(await notifications.next('ops', 2_000)).toMatchObject({ heldUntil: null, thing: 'app' });
    expect(await notifications.newest('ops', 'network', 2_000)).toBeNull();
    expect(await notifications.next('ops', hour)).toMatchObject({ heldUntil: hour, about: 'about 1' });
    // Nothing is held back for a year: a clock was wrong.
    expect((await notifications.next('ops', hour - 400 * 24 * hour))?.notification.id).toBe('2');
    expect(await notifications.withdraw('ops', 'network', 2_000)).toBe(true);
    expect(await notifications.heldUntil('ops')).toBeNull();
    expect((await notifications.lastTold('ops', 'network'))?.about).toBe('about 1');
    expect(await notifications.toldAt('ops', 'network', what)).toBe(1_000);
  });

  test('of one thing the newest stands for those that wait, and what was told last is known', async () => {
    const { notifications } = await closing(make());
    expect(await notifications.lastTold('ops', 'network')).toBeNull();
    for (const one of [
      row('1'),
      row('2', 'app'),
      row('3', 'network', { type: 'apply.failed', level: 'failure' }),
    ])
      await notifications.add(one);
    expect((await notifications.newest('ops', 'network', 2_000))?.notification.id).toBe('3');
    expect((await notifications.next('ops', 2_000))?.notification.id).toBe('2');
    expect((await notifications.newest('ops', 'network', 2_000))?.notification.id).toBe('3');
    expect(await notifications.newest('chat', 'network', 2_000)).toBeNull();
    expect(await notifications.lastTold('ops', 'network')).toEqual({
      type: 'apply.failed',
      level: 'failure',
      about: 'about 3',
    });
    expect(await notifications.message('ops', 'network')).toBeNull();
    await notifications.keepMessage('ops', 'network', 'ts-1');
    await notifications.keepMessage('ops', 'network', 'ts-2');
    expect(await notifications.message('ops', 'network')).toBe('ts-2');
    expect(await notifications.message('chat', 'network')).toBeNull();
  });

  test('what waits and what was given up is listed and counted, what has ended goes', async () => {
    const { notifications } = await closing(make());
    const other = { ...repo, id: 5 };
    for (const one of [row('1'), row('2'), row('3', 'app', { repo: other }), row('4')])
      await notifications.add(one);
    const ids = async (repositories: readonly number[] | null, limit = 9) =>
      (await notifications.open(repositories, limit)).map(
        ({ notification, state }) => `${notification.id} ${state}`,
      );
    const seqs = (await notifications.open(null, 9)).map(({ seq }) => seq).toReversed();
    await notifications.end(seqs[0] ?? 0, 'sent', null, 3_000);
    await notifications.end(seqs[1] ?? 0, 'dead', 'it answered 410', 4_000);
    expect(await ids(null)).toEqual(['4 waiting', '3 waiting', '2 dead']);
    expect(await ids([repo.id])).toEqual(['4 waiting', '2 dead']);
    expect(await ids([])).toEqual([]);
    expect(await ids(null, 1)).toEqual(['4 waiting']);
    expect(await notifications.counts()).toEqual({ waiting: 2, dead: 1, oldestAt: 1_000 });
    expect(await notifications.prune(4_000, 9)).toBe(1);
    expect(await notifications.prune(5_000, 9)).toBe(1);
    expect(await notifications.prune(5_000, 9)).toBe(0);
    expect(await notifications.counts()).toEqual({ waiting: 2, dead: 0, oldestAt: 1_000 });
  });

  test('the audit trail is read on from where somebody stopped', async () => {
    const { audit } = await closing(make());
    const event = (kind: string) => ({
      ...{ at: 1, kind, actor: null, repositoryId: repo.id, pullNumber: 12, runId: null },
      facts: { project: kind },
    });
    for (const kind of ['a.a', 'b.b', 'c.c']) await audit.append(event(kind));
    expect((await audit.after(0, 2)).map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(['1 a.a', '2 b.b']);
    expect(await audit.after(2, 9)).toEqual([{ ...event('c.c'), seq: 3 }]);
    expect(await audit.after(3, 9)).toEqual([]);
  });
});
