import { expect, test } from 'vitest';
import type { Notification } from '../../src/domain/notification.ts';
import { outgoing } from '../support/outgoing.ts';
import { ask } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

test('what did not arrive is on a page of its own, for who may read the repository', async () => {
  const { pages, store, ours, theirs, signIn } = await serveWithLogin();
  const page = async (login: string) =>
    (await ask(`${pages.url}/notifications`, { headers: { cookie: await signIn(login) } })).text;
  expect(await page('ada')).toContain('Everything arrived.');
  const add = (id: string, more: Partial<Notification>) =>
    store.notifications.add({
      channel: 'ops',
      thing: id,
      conversation: null,
      about: id,
      notification: { ...outgoing.notification, id, ...more },
      createdAt: Date.UTC(2026, 10, 22),
      heldUntil: null,
    });
  const project = (name: string) => ({ name, dir: name, workspace: 'default' });
  await add('1', { repo: ours, project: project('<b>network</b>') });
  await add('2', { repo: ours, project: project('database'), type: 'apply.failed' });
  await add('3', { repo: theirs, project: project('secret') });
  const [first] = (await store.notifications.open([ours.id], 9)).toReversed();
  await store.notifications.end(first?.seq ?? 0, 'dead', 'it answered 410', Date.UTC(2026, 10, 23));
  const seen = await page('ada');
  expect(seen).toContain('&lt;b&gt;network&lt;/b&gt; (production): applied');
  expect(seen).toContain('given up: it answered 410');
  expect(seen).toContain('database (production): apply failed');
  expect(seen).not.toContain('secret');
  expect(await page('eve')).toContain('secret');
  expect(await page('mallory')).toContain('Everything arrived.');
  // And there is a way there.
  expect(seen).toContain('href="/notifications" aria-current="page"');
});
