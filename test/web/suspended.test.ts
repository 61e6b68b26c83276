import { expect, test } from 'vitest';
import type { RepoRef } from '../../src/domain/pull.ts';
import type { Suspension } from '../../src/domain/suspension.ts';
import { ada, project } from '../store/samples.ts';
import { ask } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

const said = (repo: RepoRef, name: string, day: number): Suspension => ({
  project: { ...project(`${repo.owner}-${name}`), name },
  ...{ repo, pullNumber: 12, commentId: day, by: ada, reason: 'it is <i>being</i> moved', reminded: false },
  ...{ since: Date.UTC(2026, 10, 1), until: Date.UTC(2026, 10, day) },
});

test('what is suspended is on the page of locks, the first to end first, for who may read the repository', async () => {
  const { pages, store, ours, theirs, signIn } = await serveWithLogin();
  const page = async (login: string) =>
    (await ask(`${pages.url}/locks`, { headers: { cookie: await signIn(login) } })).text;
  expect(await page('ada')).toContain('Nothing is suspended.');
  await store.suspensions.add(said(ours, 'later', 24));
  await store.suspensions.add(said(ours, '<b>network</b>', 23));
  await store.suspensions.add(said(theirs, 'secret', 22));
  const seen = await page('ada');
  expect(seen).toContain('&lt;b&gt;network&lt;/b&gt;');
  expect(seen).toContain('it is &lt;i&gt;being&lt;/i&gt; moved');
  expect(seen.match(/<time datetime="2026-11-2\d/g)).toEqual([
    '<time datetime="2026-11-23',
    '<time datetime="2026-11-24',
  ]);
  expect(seen).toContain('/acme/infra/pull/12');
  expect(seen).not.toContain('secret');
  expect(await page('eve')).toContain('secret');
  expect(await page('mallory')).toContain('Nothing is suspended.');
});
