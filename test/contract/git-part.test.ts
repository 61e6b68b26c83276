import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictureOf } from '../git/folder-picture.ts';
import { createHouse, noRescue, repo } from '../git/house.ts';
import { type ContractHouse, createMemoryHouse } from '../git/memory-house.ts';

const files = {
  'live/app/main.tf': 'one\n',
  'live/app/run': { run: 'x' },
  'live/app/link': { link: '../../shared' },
  'live/ähnlich/main.tf': 'two\n',
  'live/other/main.tf': 'three\n',
  'shared/one/main.tf': 'four\n',
  'shared/two': 'five\n',
  README: 'six\n',
} as const;

describe.each<readonly [string, () => Promise<ContractHouse>]>([
  ['local', () => createHouse()],
  ['memory', createMemoryHouse],
])('a part of a tree, %s', (_name, build) => {
  let house: ContractHouse;
  beforeAll(async () => {
    house = await build();
  });
  afterAll(() => house.close());

  const keeps = (path: string) => /^(live\/(app|ähnlich)|shared\/two$)/.test(path);

  test('has what was asked for, as it was, and is the same tree each time, by whichever way it came', async () => {
    const { git } = house;
    const all = await house.tree(files);
    const tree = await git.part(repo.id, all, keeps);
    const folder = house.place();
    await git.checkout(repo.id, all, folder, noRescue);
    const whole = pictureOf(folder);
    await git.checkout(repo.id, tree, folder, noRescue);
    const laid = pictureOf(folder);
    const names = ['live/app/link', 'live/app/main.tf', 'live/app/run', 'live/ähnlich/main.tf', 'shared/two'];
    const filesIn = Object.keys(laid).filter((name) => laid[name] !== '/');
    expect(filesIn.sort()).toEqual([...names].sort());
    for (const [name, what] of Object.entries(laid)) expect(what, name).toEqual(whole[name]);
    expect(await git.written(repo.id, tree, folder)).toEqual([]);
    expect(await git.part(repo.id, all, keeps)).toBe(tree);
    const { 'live/other/main.tf': _, 'shared/one/main.tf': __, README: ___, ...rest } = files;
    expect(await house.tree(rest)).toBe(tree);
    expect(await git.part(repo.id, tree, keeps)).toBe(tree);
  });

  test('may be all of it, or nothing', async () => {
    const { git } = house;
    const all = await house.tree(files);
    expect(await git.part(repo.id, all, () => true)).toBe(all);
    const none = await git.part(repo.id, all, () => false);
    expect(await git.entries(repo.id, none)).toEqual([]);
    const folder = house.place();
    await git.checkout(repo.id, none, folder, noRescue);
    expect(pictureOf(folder)).toEqual({});
  });
});

test('a path that no checkout may have is refused where it is a part, as in a checkout, and else left out', async () => {
  const house = await createHouse();
  try {
    const tree = await house.tree({ 'a/.GIT/config': 'x', 'b/main.tf': 'b' });
    const refused = house.git.part(repo.id, tree, () => true);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'path-refused' } });
    const part = await house.git.part(repo.id, tree, (path) => path.startsWith('b/'));
    expect((await house.git.entries(repo.id, part)).map(({ path }) => path)).toEqual(['b', 'b/main.tf']);
  } finally {
    await house.close();
  }
});
