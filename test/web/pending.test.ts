import { expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { Pending } from '../../src/domain/pending.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { ada, keyOf } from '../store/samples.ts';
import { ask } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

const pending = (repo: RepoRef, name: string, digit: string, more: Partial<Pending> = {}): Pending => ({
  repo,
  project: keyOf(`${repo.owner}-${name}`),
  name,
  branch: 'main',
  commit: sha(digit.repeat(40)),
  before: sha('0'.repeat(40)),
  commits: 2,
  forced: false,
  by: ada,
  at: Date.UTC(2026, 10, 22),
  ended: null,
  ...more,
});

test('what pushes left undone is on the page of locks, once by project, for who may read the repository', async () => {
  const { pages, store, ours, theirs, signIn } = await serveWithLogin();
  const page = async (login: string) =>
    (await ask(`${pages.url}/locks`, { headers: { cookie: await signIn(login) } })).text;
  expect(await page('ada')).toContain('Nothing is pending.');
  await store.pendings.add(pending(ours, '<b>network</b>', 'a'));
  await store.pendings.add(pending(ours, '<b>network</b>', 'b', { commits: 1, by: null }));
  await store.pendings.add(pending(ours, 'done', 'a', { ended: 'applied' }));
  await store.pendings.add(pending(theirs, 'secret', 'c'));
  const seen = await page('ada');
  expect(seen).toContain('&lt;b&gt;network&lt;/b&gt;');
  expect(seen.match(/<time datetime="2026-11-22/g)).toHaveLength(1);
  expect(seen).toContain(`/acme/infra/commit/${'b'.repeat(40)}`);
  expect(seen).toContain('3 commits');
  expect(seen).toContain('not known');
  expect(seen).not.toContain('>done<');
  expect(seen).not.toContain('secret');
  expect(await page('eve')).toContain('secret');
  expect(await page('mallory')).toContain('Nothing is pending.');
});
