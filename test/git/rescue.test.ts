import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { looksLikeState } from '../../src/git/local/state-file.ts';
import { put } from '../support/git-author.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type House, noRescue, repo } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.close());

test.each([
  ['terraform.tfstate', true],
  ['a b/prod.tfstate', true],
  ['terraform.tfstate.backup', true],
  ['terraform.tfstate.1700000000.backup', true],
  ['x/errored.tfstate', true],
  ['terraform.tfstate.d/prod/terraform.tfstate', true],
  ['.terraform/terraform.tfstate', false],
  ['x/.terraform/terraform.tfstate', false],
  ['.terraform/modules/m/terraform.tfstate', true],
  ['terraform.tfstate.d/prod/notes', false],
  ['terraform.tfstate.tf', false],
  ['tfstate', false],
])('%s looks like state: %s', (name, expected) => {
  expect(looksLikeState(name)).toBe(expected);
});

const files = { 'a.tf': 'a', 'old.tfstate': 'committed' };

test('state is rescued with path and bytes before it goes, wherever it lies', async () => {
  const tree = await house.tree(files);
  const folder = house.place();
  await house.git.checkout(repo.id, tree, folder, noRescue);
  put(folder, 'a/errored.tfstate', 'one');
  put(folder, '.terraform/terraform.tfstate', 'only a pointer');
  put(folder, 'x/.git/terraform.tfstate', 'two');
  rmSync(path.join(folder, 'a.tf'));
  put(folder, 'a.tf/terraform.tfstate.backup', 'three');
  put(folder, 'old.tfstate', 'changed');
  chmodSync(path.join(folder, 'a'), 0o500);
  symlinkSync('/etc/hostname', path.join(folder, 'link.tfstate'));
  execFileSync('mkfifo', [path.join(folder, 'pipe.tfstate')]);
  const before = pictureOf(folder);
  const rescued: Record<string, string> = {};
  await house.git.checkout(repo.id, tree, folder, async (name, bytes) => {
    // Nothing is gone as long as the rescue is not through.
    expect(pictureOf(folder)).toEqual(before);
    rescued[name] = bytes.toString();
  });
  expect(rescued).toEqual({
    'a/errored.tfstate': 'one',
    'x/.git/terraform.tfstate': 'two',
    'a.tf/terraform.tfstate.backup': 'three',
    'old.tfstate': 'changed',
  });
  expect(pictureOf(folder)).toEqual({ 'a.tf': '- a', 'old.tfstate': '- committed' });
});

test('when the rescue fails nothing at all is removed or written', async () => {
  const tree = await house.tree(files);
  const other = await house.tree({ 'b.tf': 'b' });
  const folder = house.place();
  await house.git.checkout(repo.id, tree, folder, noRescue);
  put(folder, 'junk', 'x');
  put(folder, 'one.tfstate', '1');
  put(folder, 'two.tfstate', '2');
  const before = pictureOf(folder);
  const fails = async (name: string) => {
    if (name === 'two.tfstate') throw new Error('the disk is full');
  };
  await expect(house.git.checkout(repo.id, other, folder, fails)).rejects.toThrow('the disk is full');
  await expect(house.git.removeCheckout(repo.id, folder, fails)).rejects.toThrow('the disk is full');
  expect(pictureOf(folder)).toEqual(before);
});

test('what Git laid there itself is in Git, and is not rescued', async () => {
  const folder = house.place();
  await house.git.checkout(repo.id, await house.tree(files), folder, noRescue);
  await house.git.checkout(repo.id, await house.tree({ 'a.tf': 'a' }), folder, noRescue);
  expect(pictureOf(folder)).toEqual({ 'a.tf': '- a' });
});
