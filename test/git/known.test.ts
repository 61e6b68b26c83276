import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { createKnown, type Known } from '../../src/git/local/known.ts';
import { askedGit } from './asked-git.ts';
import { createHouse, type House, repo } from './house.ts';

let house: House;
let known: Known;
let git: ReturnType<typeof askedGit>;
let asked: string[];
beforeEach(async () => {
  house = await createHouse();
  git = askedGit(house.root);
  asked = git.asked;
  known = createKnown(git.run);
});
afterEach(() => house.close());

/** A base and a head that both went on from `from`, and are in the mirror. */
const diverged = async (number: number, theirs: string) => {
  const from = house.commit({ 'a.tf': 'a', 'b.tf': 'b' });
  house.author.branch('main', house.commit({ 'a.tf': 'base', 'b.tf': 'b' }, from));
  house.author.pull(number, house.commit({ 'a.tf': theirs, 'b.tf': `${number}` }, from));
  return await house.git.fetch(repo, house.wish({ pullNumber: number }));
};

test('the trees of commits are asked for once, each where it was asked for', async () => {
  const { base, head } = await diverged(1, 'a');
  const trees = await known.treesOf(repo.id, house.mirror, [head, base, head]);
  expect(trees).toEqual([
    await house.git.treeOf(repo.id, head),
    await house.git.treeOf(repo.id, base),
    await house.git.treeOf(repo.id, head),
  ]);
  expect(await known.treesOf(repo.id, house.mirror, [base, ...trees])).toEqual([trees[1], ...trees]);
  expect(asked).toEqual(['rev-parse']);
});

test('a commit that is not there is an error, and is asked for again', async () => {
  const { head } = await diverged(1, 'a');
  const missing = sha('1'.repeat(40));
  await expect(known.treesOf(repo.id, house.mirror, [head, missing])).rejects.toThrow('rev-parse');
  await expect(known.mergeOf(repo.id, house.mirror, head, missing)).rejects.toThrow('merge-base');
  await expect(known.mergeOf(repo.id, house.mirror, head, missing)).rejects.toThrow('merge-base');
  expect(asked).toEqual(['rev-parse', 'merge-base', 'merge-base']);
});

test('a merge is made once, and a conflict is one as long as both are the same', async () => {
  const clean = await diverged(1, 'a');
  const merged = await known.mergeOf(repo.id, house.mirror, clean.base, clean.head);
  expect(merged).toEqual(await house.git.mergeOf(repo.id, clean.base, clean.head));
  const bad = await diverged(2, 'other');
  for (let time = 0; time < 2; time += 1) {
    expect(await known.mergeOf(repo.id, house.mirror, clean.base, clean.head)).toEqual(merged);
    expect(await known.mergeOf(repo.id, house.mirror, bad.base, bad.head)).toEqual({ conflicts: ['a.tf'] });
  }
  expect(asked).toEqual(['merge-base', 'merge-tree', 'merge-base', 'merge-tree']);
  // Its tree is known as one.
  if ('tree' in merged) await known.treesOf(repo.id, house.mirror, [merged.tree]);
  expect(asked).toHaveLength(4);
});

test('where two commits parted, and what changed between them, is asked for once', async () => {
  const { base, head } = await diverged(1, 'a');
  for (let time = 0; time < 2; time += 1) {
    const parted = await known.mergeBase(repo.id, house.mirror, base, head);
    expect(parted).toEqual(await house.git.mergeBase(repo.id, base, head));
    if (parted === null) throw new Error('they have nothing in common');
    const changed = await known.changed(repo.id, house.mirror, parted, base);
    expect(changed).toEqual([{ kind: 'modified', path: 'a.tf' }]);
  }
  expect(asked).toEqual(['merge-base', 'diff-tree']);
  known.forget(repo.id);
  await known.mergeBase(repo.id, house.mirror, base, head);
  expect(asked).toHaveLength(3);
});

test('that two commits have nothing in common is an answer, and that one is not there is none', async () => {
  const { head } = await diverged(1, 'a');
  house.author.branch('main', house.commit({ 'z.tf': 'z' }));
  const { base } = await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  const missing = sha('1'.repeat(40));
  for (let time = 0; time < 2; time += 1) {
    expect(await known.mergeBase(repo.id, house.mirror, base, head)).toBeNull();
    await expect(known.mergeBase(repo.id, house.mirror, head, missing)).rejects.toThrow('merge-base');
    await expect(known.changed(repo.id, house.mirror, head, missing)).rejects.toThrow('diff-tree');
  }
  expect(asked).toEqual(['merge-base', 'merge-base', 'diff-tree', 'merge-base', 'diff-tree']);
});

test('that a commit is there is asked for once, that it is not each time', async () => {
  const { base, head } = await diverged(1, 'a');
  for (let time = 0; time < 2; time += 1)
    for (const commit of [base, head])
      expect(await known.hasCommit(repo.id, house.mirror, commit)).toEqual({ isThere: true, stderr: '' });
  expect(asked).toEqual(['cat-file', 'cat-file']);
  const missing = sha('1'.repeat(40));
  for (let time = 0; time < 2; time += 1)
    expect((await known.hasCommit(repo.id, house.mirror, missing)).isThere).toBe(false);
  // It is one of another mirror, not of this one.
  expect((await known.hasCommit(repo.id + 1, house.root, head)).isThere).toBe(false);
  expect(asked).toHaveLength(5);
});

test('a commit that only the next fetch brings is there after it', async () => {
  const from = house.commit({ 'a.tf': 'a' });
  house.author.branch('main', from);
  house.author.pull(1, from);
  await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  const next = house.commit({ 'a.tf': 'b' }, from);
  expect(await house.git.hasCommit(repo.id, next)).toBe(false);
  house.author.pull(1, next);
  await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  expect(await house.git.hasCommit(repo.id, next)).toBe(true);
});

test('of a mirror that was taken away by hand nothing is said to be there once it did not answer', async () => {
  const { base, head } = await diverged(1, 'a');
  expect(await house.git.hasCommit(repo.id, head)).toBe(true);
  await rename(house.mirror, `${house.mirror}.away`);
  await expect(house.git.changed(repo.id, base, head)).rejects.toThrow();
  expect(await house.git.hasCommit(repo.id, head)).toBe(false);
  await rename(`${house.mirror}.away`, house.mirror);
  expect(await house.git.hasCommit(repo.id, head)).toBe(true);
});

test('what one branch goes on from is not merged, whichever of the two it is', async () => {
  const base = house.commit({ 'a.tf': 'a' });
  const next = house.commit({ 'a.tf': 'b' }, base);
  house.author.branch('main', base);
  house.author.pull(1, next);
  await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  const merge = ['merge-tree', '--write-tree', '--no-messages', base, next];
  const byGit = await git.run(merge, { repository: house.mirror });
  asked.length = 0;
  const merged = { tree: byGit.stdout.toString().trim() };
  expect(await known.mergeOf(repo.id, house.mirror, base, next)).toEqual(merged);
  expect(await known.mergeOf(repo.id, house.mirror, next, base)).toEqual(merged);
  expect(asked).toEqual(['merge-base', 'rev-parse', 'merge-base']);
});

test('a change of very many paths is not kept', async () => {
  const from = house.commit({ 'a.tf': 'a' });
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`b-${at}.tf`, 'b']));
  house.author.branch('main', from);
  house.author.pull(1, house.commit(many, from));
  const { base, head } = await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  for (let time = 0; time < 2; time += 1)
    expect((await known.changed(repo.id, house.mirror, base, head)).length).toBeGreaterThan(1_000);
  expect(asked).toEqual(['diff-tree', 'diff-tree']);
});

test('answers go with their mirror, also those that were asked for before and come after', async () => {
  const { base, head } = await diverged(1, 'a');
  const late = known.mergeOf(repo.id, house.mirror, base, head);
  known.forget(repo.id);
  const merged = await late;
  expect(await known.mergeOf(repo.id, house.mirror, base, head)).toEqual(merged);
  known.forget(repo.id);
  expect(await known.mergeOf(repo.id, house.mirror, base, head)).toEqual(merged);
  expect(asked).toEqual(Array.from({ length: 3 }, () => ['merge-base', 'merge-tree']).flat());
});

test('a mirror that was removed has none of its merges, and the next one makes them', async () => {
  const { base, head } = await diverged(1, 'a');
  const merged = await house.git.mergeOf(repo.id, base, head);
  expect(await house.git.removeMirror(repo.id)).toBe(true);
  await expect(house.git.mergeOf(repo.id, base, head)).rejects.toThrow();
  await expect(house.git.treeOf(repo.id, head)).rejects.toThrow();
  await house.git.fetch(repo, house.wish({ pullNumber: 1 }));
  expect(await house.git.mergeOf(repo.id, base, head)).toEqual(merged);
  if ('tree' in merged) expect(await house.git.entries(repo.id, merged.tree)).toHaveLength(2);
});
