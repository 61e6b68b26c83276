import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { TreeId } from '../../src/domain/ids.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type House, noRescue, repo } from './house.ts';

let house: House | null = null;
afterEach(async () => {
  await house?.close();
  house = null;
});

const packsOf = (own: House): number =>
  readdirSync(path.join(own.mirror, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;

/** A mirror in which more was fetched than is left lying, with a merge that hangs on no ref. */
const worn = async (): Promise<{ own: House; merged: TreeId }> => {
  const own = await createHouse({}, { filters: true });
  house = own;
  const fork = own.commit({ 'a.tf': 'a', 'b.tf': 'b' });
  const base = own.commit({ 'a.tf': 'theirs', 'b.tf': 'b' }, fork);
  own.author.branch('main', base);
  own.author.pull(1, own.commit({ 'a.tf': 'a', 'b.tf': 'ours' }, fork));
  const tips = await own.git.fetch(repo, own.wish());
  const merge = await own.git.mergeOf(repo.id, tips.base, tips.head);
  if ('conflicts' in merge) throw new Error('there is no conflict');
  for (let at = 0; at < 45; at += 1) {
    own.author.pull(1, own.commit({ 'a.tf': `a${at}` }, base));
    await own.git.fetch(repo, own.wish());
  }
  return { own, merged: merge.tree };
};

const readObjects = (own: House): readonly string[] =>
  execFileSync('git', ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], {
    env: { PATH: process.env['PATH'], GIT_DIR: own.mirror },
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);

test('a worn mirror is put into few packs, and what hangs on no ref stays', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const { own, merged } = await worn();
  const before = readObjects(own);
  expect(packsOf(own)).toBeGreaterThan(40);
  await own.git.tend(repo.id);
  expect(packsOf(own)).toBeLessThanOrEqual(2);
  expect(readObjects(own)).toEqual(before);
  const folder = own.place();
  await own.git.checkout(repo.id, merged, folder, noRescue);
  expect(pictureOf(folder)).toEqual({ 'a.tf': '- theirs', 'b.tf': '- ours' });
  // The twin: what git calls tidy drops the merge that somebody may still apply.
  execFileSync('git', ['-c', 'remote.tidegate.promisor=true', 'gc', '--quiet', '--prune=now'], {
    env: { PATH: process.env['PATH'], GIT_DIR: own.mirror, GIT_NO_LAZY_FETCH: '1' },
    stdio: 'ignore',
  });
  expect(readObjects(own)).not.toContain(merged);
});

test('whoever fetches, reads or lays out meanwhile is not held up, and nothing is lost', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const { own, merged } = await worn();
  const before = readObjects(own);
  const tending = own.git.tend(repo.id);
  own.author.pull(2, own.commit({ 'new.tf': 'new' }));
  const work = Array.from({ length: 6 }, async (_, at) => {
    const folder = own.place(`reader-${at}`);
    await own.git.checkout(repo.id, merged, folder, noRescue);
    return pictureOf(folder);
  });
  const tips = await own.git.fetch(repo, own.wish({ pullNumber: 2 }));
  for (const picture of await Promise.all(work))
    expect(picture).toEqual({ 'a.tf': '- theirs', 'b.tf': '- ours' });
  await tending;
  expect(await own.git.hasCommit(repo.id, tips.head)).toBe(true);
  expect(readObjects(own)).toEqual(expect.arrayContaining([...before]));
  const left = readdirSync(path.join(own.mirror, 'objects/pack'));
  expect(left.filter((name) => /tmp/.test(name))).toEqual([]);
  // Given way to, it is done the next time.
  await own.git.tend(repo.id);
  expect(packsOf(own)).toBeLessThanOrEqual(2);
});

test('a mirror with little in it is left alone, and one that is not there is none', async () => {
  const own = await createHouse();
  house = own;
  await own.tree({ 'a.tf': 'a' });
  const packs = packsOf(own);
  await own.git.tend(repo.id);
  await own.git.tend(77);
  expect(packsOf(own)).toBe(packs);
  expect(existsSync(path.join(own.root, 'mirrors/77.git'))).toBe(false);
});

test('what folders take is what the disk gave them', async () => {
  const own = await createHouse();
  house = own;
  const tree = await own.tree({ 'a.tf': 'a'.repeat(100_000), 'f/b.tf': 'b' });
  const folder = own.place();
  await own.git.checkout(repo.id, tree, folder, noRescue);
  const bytes = await own.git.bytesOf(folder);
  expect(bytes).toBeGreaterThanOrEqual(100_000);
  expect(bytes).toBeLessThan(200_000);
  expect(await own.git.bytesOf(path.join(folder, 'nothing'))).toBe(0);
});

test('a mirror that a tree is put into is not taken away meanwhile', async () => {
  const own = await createHouse();
  house = own;
  const tree = await own.tree({ 'a.tf': 'a' });
  const grafting = own.git.graft(repo.id, tree, [{ path: 'b.tf', bytes: Buffer.from('b') }]);
  expect(await own.git.removeMirror(repo.id)).toBe(false);
  await grafting;
  expect(await own.git.removeMirror(repo.id)).toBe(true);
});
