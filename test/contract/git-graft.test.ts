import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repoPath } from '../../src/domain/repo-path.ts';
import { pictureOf } from '../git/folder-picture.ts';
import { createHouse, noRescue, repo } from '../git/house.ts';
import { type ContractHouse, createMemoryHouse } from '../git/memory-house.ts';

describe.each<readonly [string, () => Promise<ContractHouse>]>([
  ['local', () => createHouse()],
  ['memory', createMemoryHouse],
])('a tree with others in it, %s', (_name, build) => {
  let house: ContractHouse;
  beforeAll(async () => {
    house = await build();
  });
  afterAll(() => house.close());

  test('has all of them at their places, is a tree like others, and the one it came from stays as it was', async () => {
    const { git } = house;
    const [own, inside] = [
      await house.tree({ 'live/main.tf': 'one\n' }),
      await house.tree({ 'net/main.tf': 'two\n', run: { run: 'x' }, link: { link: 'net' } }),
    ];
    const tree = await git.graft(repo.id, own, [
      { path: 'live/.terraform/modules/a', repositoryId: repo.id, tree: inside },
      { path: 'live/.terraform/modules/b.c', repositoryId: repo.id, tree: inside },
      { path: 'live/.terraform/modules/modules.json', bytes: Buffer.from('{}') },
    ]);
    const folder = house.place();
    await git.checkout(repo.id, tree, folder, noRescue);
    const laid = Object.keys(pictureOf(folder));
    expect(laid).toEqual(
      expect.arrayContaining([
        'live/main.tf',
        'live/.terraform/modules/a/net/main.tf',
        'live/.terraform/modules/b.c/link',
        'live/.terraform/modules/modules.json',
      ]),
    );
    expect(await git.written(repo.id, tree, folder)).toEqual([]);
    expect((await git.entries(repo.id, own)).map(({ path }) => path)).toEqual(['live', 'live/main.tf']);
  });

  test('is refused where something is there already', async () => {
    const tree = await house.tree({ 'live/main.tf': 'one\n' });
    const file = (path: string) => [{ path, bytes: Buffer.from('x') }] as const;
    const folder = (path: string) => [{ path: repoPath(path), repositoryId: repo.id, tree }] as const;
    await expect(house.git.graft(repo.id, tree, file('live/main.tf'))).rejects.toThrow();
    await expect(house.git.graft(repo.id, tree, folder('live'))).rejects.toThrow();
  });
});
