import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TreeId } from '../../src/domain/ids.ts';
import { createListTree, type ListTree } from '../../src/git/local/tree-listings.ts';
import type { Content } from '../support/git-author.ts';
import { askedGit } from './asked-git.ts';
import { createHouse, type House } from './house.ts';

let house: House;
let asked: string[];
let fresh: () => ListTree;
beforeEach(async () => {
  house = await createHouse();
  const git = askedGit(house.root);
  asked = git.asked;
  fresh = () => createListTree(git.run, 10);
});
afterEach(() => house.close());

const many: Readonly<Record<string, Content>> = Object.fromEntries(
  Array.from({ length: 30 }, (_, at) => [`folder-${at % 7}/file-${at}.tf`, `${at}`]),
);
const path0 = 'folder-0/file-0.tf';

interface Next {
  readonly name: string;
  readonly files: Readonly<Record<string, Content>>;
  readonly asks: readonly string[];
}

const { [path0]: _gone, ...without } = many;
const nexts: readonly Next[] = [
  { name: 'a file', files: { ...many, [path0]: 'other' }, asks: ['diff-tree'] },
  { name: 'nothing', files: many, asks: [] },
  {
    name: 'many files',
    files: { ...many, 'folder-1/file-1.tf': 'other', 'folder-6/file-6.tf': 'other' },
    asks: ['diff-tree'],
  },
  { name: 'a file more', files: { ...many, 'folder-3/new.tf': '' }, asks: ['diff-tree', 'ls-tree'] },
  { name: 'a file less', files: without, asks: ['diff-tree', 'ls-tree'] },
  {
    name: 'a link for a file',
    files: { ...many, [path0]: { link: 'file-7.tf' } },
    asks: ['diff-tree', 'ls-tree'],
  },
];

test.each(nexts)(
  'the next tree changes $name: as one that is listed afresh, in the same order',
  async ({ files, asks }) => {
    const [first, next]: TreeId[] = [await house.tree(many), await house.tree(files)];
    if (first === undefined || next === undefined) throw new Error('no trees');
    const list = fresh();
    const before = await list(house.mirror, first);
    const was = [...before];
    asked.length = 0;
    const listed = await list(house.mirror, next);
    expect(asked).toEqual(asks);
    expect([...listed]).toEqual([...(await fresh()(house.mirror, next))]);
    // The one that it was made of is as it was, and the way back is right too.
    expect([...before]).toEqual(was);
    const back = fresh();
    await back(house.mirror, next);
    expect([...(await back(house.mirror, first))]).toEqual(was);
  },
);

test('of few entries each is read', async () => {
  const few = { 'a.tf': 'a', 'b.tf': 'b' };
  const list = fresh();
  for (const [at, files] of [few, { ...few, 'a.tf': 'other' }].entries()) {
    asked.length = 0;
    expect(await list(house.mirror, await house.tree(files))).toHaveProperty('size', 2);
    expect([at, asked]).toEqual([at, ['ls-tree']]);
  }
});

test('where the tree before is gone with its mirror, all of the next one is read', async () => {
  const first = await house.tree(many);
  const list = fresh();
  await list(house.mirror, first);
  const { git } = house;
  expect(await git.removeMirror(41)).toBe(true);
  const next = await house.tree({ 'only.tf': '' });
  asked.length = 0;
  expect([...(await list(house.mirror, next)).keys()]).toEqual(['only.tf']);
  expect(asked.at(-1)).toBe('ls-tree');
});
