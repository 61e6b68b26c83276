import { expect, test } from 'vitest';
import { unseen } from '../../src/domain/drift/drift.ts';
import { inputsDigest, sha, treeId } from '../../src/domain/ids.ts';
import { projectPath } from '../../src/domain/project-path.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { cursorNameOf } from '../../src/domain/sweep.ts';
import type { Tracked, Version } from '../../src/domain/tracked.ts';
import { newTracked } from '../../src/domain/tracking.ts';
import { ada, keyOf, project, summary } from '../store/samples.ts';
import { ask } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

const [a, b] = ['a', 'b'].map((digit) => digit.repeat(40));
const applied: Version = {
  ...{ ref: 'refs/heads/main', sha: sha(a ?? ''), tree: treeId(a ?? ''), on: 'branch', sure: true },
  ...{ inputs: inputsDigest('c'.repeat(64)), toolVersion: '1.11.4', plan: null, by: ada },
  ...{ pullNumber: 12, run: null, at: Date.UTC(2026, 10, 22) },
};

const tracked = (repo: RepoRef, name: string, more: Partial<Tracked> = {}): Tracked => {
  const key = keyOf(`${repo.owner}-${name}`);
  const known = newTracked(repo, { ...project(), key, name });
  return { ...known, ...more };
};
const desired = {
  ...{ ref: 'refs/heads/main', sha: sha(b ?? ''), tree: treeId(b ?? ''), at: 1 },
  ...{ behind: 3, refused: null },
};

test('how every project stands is on the page of environments, for who may read the repository', async () => {
  const { pages, store, ours, theirs, signIn } = await serveWithLogin();
  const page = async (login: string) =>
    (await ask(`${pages.url}/environments`, { headers: { cookie: await signIn(login) } })).text;
  expect(await page('ada')).toContain('Nothing is known of any project yet');
  const network = tracked(ours, '<b>network</b>', { applied, desired, pendingSince: Date.UTC(2026, 10, 23) });
  await store.tracked.put(network);
  await store.tracked.put(tracked(ours, 'app', { desired: { ...desired, refused: 'empty' } }));
  await store.tracked.put(tracked(theirs, 'secret', { applied }));
  await store.locks.acquire(network.key, { repositoryId: ours.id, pullNumber: 34 }, 5);
  const of = { project: network.key, repo: ours, name: 'network', ref: 'refs/heads/main', dueAt: 0 };
  const since = Date.UTC(2026, 10, 23, 4);
  await store.drifts.put({ ...unseen(of, since), status: 'drifted' });
  await store.suspensions.add({
    ...{ project: network.project, repo: ours, pullNumber: 34, commentId: 1, by: ada },
    ...{ reason: 'a move', since: 1, until: Date.UTC(2999, 0, 1), reminded: false },
  });
  const seen = await page('ada');
  expect(seen).toContain('drifts since 2026-11-23 04:00 UTC; suspended by ada until 2999-01-01 00:00 UTC');
  expect(seen).toContain('&lt;b&gt;network&lt;/b&gt;');
  expect(seen).toContain('production <span class="dim">2 projects</span>');
  expect(seen).toContain('pending, 3 commits behind');
  expect(seen).toContain(`/acme/infra/commit/${a}`);
  expect(seen).toContain(`/acme/infra/commit/${b}`);
  expect(seen).toContain('/acme/infra/pull/34');
  expect(seen).toContain('its branch has no project at all now, which is not taken');
  // The window of the sample's rule.
  expect(seen).toMatch(/(?:open|closed) until \d{4}-/);
  expect(seen).not.toContain('secret');
  expect(await page('eve')).toContain('secret');
  expect(await page('mallory')).toContain('Nothing is known of any project yet');
});

test('the page of a project has what was applied, what drifts, what was said, and what happened', async () => {
  const { pages, store, ours, signIn } = await serveWithLogin();
  const network = tracked(ours, '<b>network</b>', { applied });
  await store.tracked.put(network);
  const cookie = await signIn('ada');
  const page = async () =>
    (await ask(`${pages.url}${projectPath(network.key)}`, { headers: { cookie } })).text;
  const empty = await page();
  expect(empty).toContain('Nobody looks for drift of it');
  expect(empty).toContain('Nothing happened to it yet');
  const of = { project: network.key, repo: ours, name: 'network', ref: 'refs/heads/main', dueAt: 0 };
  await store.drifts.put({
    ...unseen(of, Date.UTC(2026, 10, 23, 4)),
    ...{ status: 'drifted', checkedAt: Date.UTC(2026, 10, 23, 5), commit: sha(a ?? ''), fingerprint: 'f' },
    ...{ counts: { create: 1 }, ignored: 2, summary },
    putOff: { because: 'another pull request `holds` it', since: 0, until: 0 },
  });
  await store.driftIssues.put({
    ...{ project: network.key, repo: ours, number: 77, state: 'open', told: 'f', at: 1 },
  });
  await store.suspensions.add({
    ...{ project: network.project, repo: ours, pullNumber: 34, commentId: 1, by: ada },
    ...{ reason: 'a <move>', since: 1, until: Date.UTC(2999, 0, 1), reminded: false },
  });
  const facts = { sha: applied.sha, by: 'ada', pull: 12, run: 'run_1' };
  await store.tracked.note(network.key, { at: 1, kind: 'applied', facts });
  await store.tracked.note(network.key, { at: 2, kind: 'moved', facts: { from: a ?? '', to: b ?? '' } });
  const seen = await page();
  expect(seen).toContain('<h1>&lt;b&gt;network&lt;/b&gt;</h1>');
  expect(seen).toContain('<strong>not as it was applied</strong>; to put it back: 1 resource to create');
  expect(seen).toContain('2 changes, as the settings say');
  expect(seen).toContain('another pull request holds it');
  expect(seen).toContain('/acme/infra/pull/77');
  expect(seen).toContain('<div class="diff"');
  expect(seen).toContain('<strong>by ada until 2999-01-01 00:00 UTC</strong>: a &lt;move&gt;');
  expect(seen).toContain('<a href="/runs/run_1">applied</a>');
  // Newest first.
  expect(seen.indexOf('moved forward')).toBeLessThan(seen.indexOf('>applied</a>'));
  expect(seen).toContain(`/acme/infra/commit/${b}`);
  const list = (await ask(`${pages.url}/environments`, { headers: { cookie } })).text;
  expect(list).toContain(`<a href="${projectPath(network.key)}">`);
});

test('both pages say how old what they show is, once GitHub could not be asked for hours', async () => {
  const { pages, store, ours, signIn } = await serveWithLogin();
  const network = tracked(ours, 'network', { applied, desired });
  await store.tracked.put(network);
  const cookie = await signIn('ada');
  const at = async (path: string) => (await ask(`${pages.url}${path}`, { headers: { cookie } })).text;
  const paths = ['/environments', projectPath(network.key)];
  await store.cursors.set(cursorNameOf(ours), { comparedAt: Date.now() });
  for (const path of paths) expect(await at(path)).not.toContain('could not be asked since');
  await store.cursors.set(cursorNameOf(ours), { comparedAt: Date.UTC(2026, 0, 2, 3, 4) });
  for (const path of paths)
    expect(await at(path)).toContain('as GitHub said at <time datetime="2026-01-02T03:04');
});
