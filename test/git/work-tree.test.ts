import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalGit } from '../../src/git/local/git.ts';
import { borrowWorkTree } from '../../src/git/local/work-tree.ts';
import { type Checkout, makeCheckout } from '../support/checkout.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { pictureOf } from './folder-picture.ts';

const searchPath = process.env['PATH'] ?? '';

const borrow = async (checkout: Checkout, folder = checkout.folder) => {
  const mirrors = temporaryFolder('mirrors');
  const tree = await borrowWorkTree({
    folder,
    mirrors,
    repositoryId: 1,
    program: 'git',
    path: searchPath,
    home: checkout.home,
  });
  const git = createLocalGit({ folder: mirrors, path: searchPath });
  /** Path -> what it holds, as a server would read it. */
  const files = async (): Promise<Record<string, string>> => {
    const entries = await git.entries(1, await git.treeOf(1, tree.commit));
    const blobs = await git.blobs(
      1,
      entries.map(({ id }) => id),
    );
    return Object.fromEntries(
      entries
        .filter(({ kind }) => kind !== 'folder')
        .map(({ path: at, kind, id }) => [
          at,
          kind === 'submodule' ? kind : (blobs.get(id)?.toString() ?? '?'),
        ]),
    );
  };
  return { tree, git, files };
};

const refusal = (checkout: Checkout, folder?: string) =>
  borrow(checkout, folder).then(
    () => 'taken',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('a checkout that somebody works in', () => {
  it('is its commit where nothing was changed', async () => {
    const checkout = makeCheckout({ 'a/main.tf': 'one\n' });
    checkout.git('remote', 'add', 'origin', 'git@github.com:acme/infra.git');
    const { tree, files } = await borrow(checkout, path.join(checkout.folder, 'a'));
    expect(tree).toMatchObject({ top: checkout.folder, branch: 'main', repository: 'acme/infra' });
    expect(tree.commit).toBe(tree.head);
    expect(tree.head).toBe(checkout.git('rev-parse', 'HEAD'));
    expect(await files()).toEqual({ 'a/main.tf': 'one\n' });
  });

  it('is what lies in it: changed, staged, new and gone, but not what is ignored', async () => {
    const checkout = makeCheckout({
      '.gitignore': '*.log\n',
      '.gitattributes': '*.tf text eol=crlf\n*.bin filter=none-such\n',
      'changed.tf': 'one\n',
      'gone.tf': 'one\n',
      'staged.tf': 'one\n',
      'staged-and-changed.tf': 'one\n',
      'became-a-folder': 'one\n',
      'folder/became-a-file': 'one\n',
      'same.tf': 'one\n',
      'became-a-link/a.tf': 'one\n',
    });
    writeFileSync(path.join(checkout.home, '.gitconfig'), '[core]\n\texcludesFile = ~/ignored\n');
    writeFileSync(path.join(checkout.home, 'ignored'), '.idea/\n');
    checkout.write({ 'staged.tf': 'two\n', 'staged-and-changed.tf': 'two\n', 'staged-and-gone.tf': 'two\n' });
    checkout.git('add', 'staged.tf', 'staged-and-changed.tf', 'staged-and-gone.tf');
    rmSync(path.join(checkout.folder, 'staged-and-gone.tf'));
    rmSync(path.join(checkout.folder, 'gone.tf'));
    rmSync(path.join(checkout.folder, 'folder'), { recursive: true });
    rmSync(path.join(checkout.folder, 'became-a-folder'));
    rmSync(path.join(checkout.folder, 'became-a-link'), { recursive: true });
    checkout.write({
      'staged-and-changed.tf': 'three\n',
      'changed.tf': 'two\n',
      'new/a b\n.tf': { run: 'new\n' },
      'new/x.bin': 'bytes',
      link: { link: 'same.tf' },
      'new/a.tf': 'two\n',
      'became-a-link': { link: 'new' },
      'out.log': 'no',
      '.idea/x': 'no',
      'became-a-folder/main.tf': 'two\n',
      folder: 'two\n',
    });
    const { tree, git, files } = await borrow(checkout);
    const { '.gitignore': _, '.gitattributes': __, ...found } = await files();
    expect(found).toEqual({
      'changed.tf': 'two\n',
      'staged.tf': 'two\n',
      'staged-and-changed.tf': 'three\n',
      'new/a b\n.tf': 'new\n',
      'new/x.bin': 'bytes',
      link: 'same.tf',
      'new/a.tf': 'two\n',
      'became-a-link': 'new',
      'became-a-folder/main.tf': 'two\n',
      folder: 'two\n',
      'same.tf': 'one\n',
    });
    expect(tree.commit).not.toBe(tree.head);
    expect(await git.mergeBase(1, tree.head, tree.commit)).toBe(tree.head);
    const changed = await git.changed(1, tree.head, tree.commit);
    expect(changed.map((change) => change.path)).not.toContain('same.tf');
  });

  it('stays as it is, to the last byte of its repository, and nothing that it names is run', async () => {
    const checkout = makeCheckout({ 'a.tf': 'one\n', '.gitattributes': '* filter=loud\n' });
    const witness = path.join(checkout.home, 'witness');
    const script = path.join(checkout.home, 'loud');
    writeFileSync(script, `#!/bin/sh\ntouch ${witness}\ncat\n`, { mode: 0o755 });
    checkout.git('config', 'core.fsmonitor', script);
    writeFileSync(
      path.join(checkout.folder, '.git/hooks/post-index-change'),
      `#!/bin/sh\ntouch ${witness}\n`,
      {
        mode: 0o755,
      },
    );
    writeFileSync(path.join(checkout.folder, 'a.tf'), 'two\n');
    writeFileSync(path.join(checkout.folder, 'b.tf'), 'new\n');
    const before = pictureOf(checkout.folder);
    const { files } = await borrow(checkout);
    expect(await files()).toMatchObject({ 'a.tf': 'two\n', 'b.tf': 'new\n' });
    expect(pictureOf(checkout.folder)).toEqual(before);
    expect(Object.keys(pictureOf(checkout.home))).not.toContain('witness');
    // What it would have seen: git itself asks.
    checkout.git('status');
    expect(Object.keys(pictureOf(checkout.home))).toContain('witness');
  });

  it('may be a worktree of another, shallow, and hold repositories of its own', async () => {
    const first = makeCheckout({ 'a.tf': 'one\n' });
    first.write({ 'a.tf': 'two\n' });
    first.commit();
    const shallow = temporaryFolder('shallow');
    first.git('clone', '--quiet', '--depth=1', `file://${first.folder}`, shallow);
    const beside = path.join(temporaryFolder('beside'), 'odd "name" #1');
    first.git('-C', shallow, 'worktree', 'add', '--quiet', '-b', 'topic', beside);
    mkdirSync(path.join(beside, 'nested'));
    first.git('-C', path.join(beside, 'nested'), 'init', '--quiet');
    writeFileSync(path.join(beside, 'nested/main.tf'), 'not ours\n');
    writeFileSync(path.join(beside, 'b.tf'), 'new\n');
    const { tree, git, files } = await borrow(first, beside);
    expect(tree).toMatchObject({ top: beside, branch: 'topic' });
    expect(await files()).toEqual({ 'a.tf': 'two\n', 'b.tf': 'new\n' });
    expect(await tree.baseRef()).toBe('origin/main');
    expect(await git.mergeBase(1, tree.head, tree.commit)).toBe(tree.head);
  });

  it('says which branch it goes into, as far as it knows', async () => {
    const checkout = makeCheckout({ a: '1' });
    checkout.git('branch', '--move', 'topic');
    expect(await (await borrow(checkout)).tree.baseRef()).toBeNull();
    checkout.git('branch', 'master');
    const { tree } = await borrow(checkout);
    expect(await tree.baseRef()).toBe('master');
    expect(await tree.commitOf('master')).toBe(tree.head);
    expect(await tree.commitOf('--all')).toBeNull();
    checkout.git('update-ref', 'refs/remotes/origin/trunk', 'HEAD');
    checkout.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
    expect(await (await borrow(checkout)).tree.baseRef()).toBe('origin/trunk');
  });

  it('is refused where it is none, has no commit, or has conflicts', async () => {
    const checkout = makeCheckout({ a: '1\n' });
    expect(await refusal(checkout, temporaryFolder('plain'))).toContain('not a git repository');
    const fresh = temporaryFolder('fresh');
    checkout.git('init', '--quiet', fresh);
    expect(await refusal(checkout, fresh)).toMatch(/no commit yet/);
    checkout.git('checkout', '--quiet', '-b', 'other');
    checkout.write({ a: '2\n' });
    checkout.commit();
    checkout.git('checkout', '--quiet', 'main');
    checkout.write({ a: '3\n' });
    checkout.commit();
    expect(() => checkout.git('merge', 'other')).toThrow();
    expect(await refusal(checkout)).toMatch(/There are conflicts/);
  });

  it('is not asked for files that a clone left out: a file that is not there is not one without a word', async () => {
    const first = makeCheckout({ 'a.tf': 'one\n' });
    first.write({ 'a.tf': 'two\n' });
    first.commit();
    first.git('config', 'uploadpack.allowFilter', 'true');
    const partial = temporaryFolder('partial');
    first.git('clone', '--quiet', '--filter=blob:none', `file://${first.folder}`, partial);
    const { tree, files } = await borrow(first, partial);
    expect(await files()).toEqual({ 'a.tf': 'two\n' });
    await expect(tree.commitOf('HEAD~1')).rejects.toThrow('does not have all files of `HEAD~1`');
    expect(await tree.commitOf('HEAD')).toBe(tree.head);
  });
});
