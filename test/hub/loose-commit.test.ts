import path from 'node:path';
import { expect, test } from 'vitest';
import { looseCommit } from '../../src/hub/git/loose-commit.ts';
import { commitsOf } from '../../src/hub/git/read.ts';
import { git, temporaryFolder } from './world.ts';

const arrange = async () => {
  const folder = await temporaryFolder();
  await git(folder, 'init', '--quiet');
  const tree = await git(folder, 'write-tree');
  const store = path.join(folder, '.git');
  return {
    store,
    tree,
    commit: (...args: readonly string[]) => git(folder, 'commit-tree', tree, ...args),
    git: (...args: readonly string[]) => git(folder, ...args),
  };
};

test('a new commit is read from its file as git reads it', async () => {
  const { store, commit, git: run } = await arrange();
  const first = await commit('-m', 'One');
  const second = await commit('-m', 'Zwei: äöü 🌊', '-m', 'body\n\nmore', '-p', first);
  const third = await commit('-m', 'Three\n\n\n', '-p', first, '-p', second);
  for (const sha of [first, second, third])
    expect(await looseCommit(store, sha)).toEqual((await commitsOf(store, ['--no-walk', sha]))[0]);
  expect((await looseCommit(store, third))?.parents).toEqual([first, second]);
  await run('update-ref', 'refs/heads/main', third);
  await run('repack', '-adq');
  await run('prune-packed');
  expect(await looseCommit(store, third)).toBeNull();
});

test('what is no plain commit is left to git', async () => {
  const { store, tree, commit, git: run } = await arrange();
  expect(await looseCommit(store, tree)).toBeNull();
  expect(await looseCommit(store, 'f'.repeat(40))).toBeNull();
  const coded = await run('-c', 'i18n.commitEncoding=ISO-8859-1', 'commit-tree', tree, '-m', 'caf\u00e9');
  expect(await looseCommit(store, coded)).toBeNull();
  expect(await looseCommit(store, await commit('-m', 'One'))).not.toBeNull();
});
