import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { treeId } from '../../src/domain/ids.ts';
import { FetchFailed } from '../../src/git/port.ts';
import { pictureOf } from '../git/folder-picture.ts';
import { createHouse, noRescue, repo } from '../git/house.ts';
import { type ContractHouse, createMemoryHouse } from '../git/memory-house.ts';
import { put } from '../support/git-author.ts';

/** What every adapter of the port must do. */
describe.each<readonly [string, () => Promise<ContractHouse>]>([
  ['local', () => createHouse()],
  ['local, without files of the past', () => createHouse({}, { filters: true })],
  ['memory', createMemoryHouse],
])('Git, %s', (_name, build) => {
  let house: ContractHouse;
  beforeAll(async () => {
    house = await build();
  });
  afterAll(() => house.close());

  const pull = async (
    number: number,
    before: Parameters<ContractHouse['commit']>[0],
    ours: Parameters<ContractHouse['commit']>[0],
    theirs: Parameters<ContractHouse['commit']>[0],
  ) => {
    const fork = house.commit(before);
    const base = house.commit(ours, fork);
    const head = house.commit(theirs, fork);
    house.author.branch(`base-${number}`, base);
    house.author.pull(number, head);
    const tips = await house.git.fetch(repo, house.wish({ pullNumber: number, baseRef: `base-${number}` }));
    expect(tips).toEqual({ base, head });
    return { fork, base, head };
  };

  test('a merge of both sides is a tree, without any branch having moved', async () => {
    const { fork, base, head } = await pull(
      1,
      { 'a.tf': 'one\n', 'b.tf': 'one\n' },
      { 'a.tf': 'two\n', 'b.tf': 'one\n' },
      { 'a.tf': 'one\n', 'b.tf': 'three\n' },
    );
    const merged = await house.git.mergeOf(repo.id, base, head);
    if ('conflicts' in merged) throw new Error('there is no conflict');
    expect(await house.git.mergeBase(repo.id, base, head)).toBe(fork);
    expect(await house.git.changed(repo.id, base, merged.tree)).toEqual([{ path: 'b.tf', kind: 'modified' }]);
    expect(house.author.git(['rev-parse', 'refs/heads/base-1'])).toBe(base);
  });

  test('conflicts are told by path, renamed and deleted files among them', async () => {
    const { base, head } = await pull(
      2,
      { 'a.tf': 'one\n', 'gone.tf': 'one\n', 'ü b\n.tf': 'one\n' },
      { 'a.tf': 'two\n', 'gone.tf': 'two\n', 'ü b\n.tf': 'two\n' },
      { 'a.tf': 'three\n', 'ü b\n.tf': 'three\n' },
    );
    expect(await house.git.mergeOf(repo.id, base, head)).toEqual({
      conflicts: ['a.tf', 'gone.tf', 'ü b\n.tf'],
    });
  });

  test('a revert takes back what was merged and leaves what came after; a commit of it is pushed as a branch, once', async () => {
    const before = house.commit({ 'a.tf': 'one\n', 'b.tf': 'one\n', 'gone.tf': 'one\n' });
    const first = house.commit({ 'a.tf': 'two\n', 'b.tf': 'one\n', 'new.tf': 'new\n' }, before);
    const merged = house.commit({ 'a.tf': 'three\n', 'b.tf': 'one\n', 'new.tf': 'new\n' }, first);
    const tip = house.commit({ 'a.tf': 'three\n', 'b.tf': 'later\n', 'new.tf': 'new\n' }, merged);
    house.author.branch('to-revert', tip);
    const { url, token } = house.wish();
    expect(await house.git.fetchBranch(repo, { url, token, baseRef: 'to-revert' })).toBe(tip);
    const open = async () => ({ url, token, done: () => {} });
    await house.git.complete(repo, [before, merged, tip], open);
    const made = await house.git.revertOf(repo.id, tip, { before, merged });
    if ('conflicts' in made) throw new Error('there is no conflict');
    expect(await house.git.changed(repo.id, before, made.tree)).toEqual([{ path: 'b.tf', kind: 'modified' }]);
    const wish = { tree: made.tree, parent: tip, message: 'Revert #1', at: 1_000 };
    const commit = await house.git.commit(repo.id, wish);
    expect(await house.git.commit(repo.id, wish)).toBe(commit);
    expect(await house.git.treeOf(repo.id, commit)).toBe(made.tree);
    expect(await house.git.ownCommits(repo.id, commit, tip, 10)).toEqual([{ commit, parent: tip }]);
    const pushing = { url, token, branch: 'tidegate/revert-1', commit };
    expect(await house.git.push(repo, pushing)).toEqual({ kind: 'there' });
    expect(await house.git.push(repo, pushing)).toEqual({ kind: 'there' });
    expect(await house.git.fetchBranch(repo, { url, token, baseRef: 'tidegate/revert-1' })).toBe(commit);
    // Not even forward: a branch that is there is somebody's.
    expect(await house.git.push(repo, { ...pushing, branch: 'to-revert' })).toEqual({ kind: 'taken' });
    expect(await house.git.fetchBranch(repo, { url, token, baseRef: 'to-revert' })).toBe(tip);
  });

  test('a revert of what was changed since is a conflict, by path', async () => {
    const before = house.commit({ 'a.tf': 'one\n' });
    const merged = house.commit({ 'a.tf': 'two\n' }, before);
    const tip = house.commit({ 'a.tf': 'three\n' }, merged);
    house.author.branch('changed-since', tip);
    const { url, token } = house.wish();
    await house.git.fetchBranch(repo, { url, token, baseRef: 'changed-since' });
    await house.git.complete(repo, [before, merged, tip], async () => ({ url, token, done: () => {} }));
    expect(await house.git.revertOf(repo.id, tip, { before, merged })).toEqual({ conflicts: ['a.tf'] });
  });

  test('histories with nothing in common neither merge nor have a base', async () => {
    const base = house.commit({ 'a.tf': 'one\n' });
    const head = house.commit({ 'b.tf': 'one\n' });
    house.author.branch('alone', base);
    house.author.pull(3, head);
    await house.git.fetch(repo, house.wish({ pullNumber: 3, baseRef: 'alone' }));
    expect(await house.git.mergeBase(repo.id, base, head)).toBeNull();
    expect(await house.git.mergeOf(repo.id, base, head)).toEqual({ conflicts: [] });
  });

  test('a rename is a delete and an add; a mode and a type count as a change', async () => {
    const { base, head } = await pull(
      4,
      {},
      { 'old/a.tf': 'same\n', run: 'x', kind: 'target' },
      { 'new/a.tf': 'same\n', run: { run: 'x' }, kind: { link: 'target' } },
    );
    expect(await house.git.changed(repo.id, base, head)).toEqual([
      { path: 'kind', kind: 'modified' },
      { path: 'new/a.tf', kind: 'added' },
      { path: 'old/a.tf', kind: 'deleted' },
      { path: 'run', kind: 'modified' },
    ]);
  });

  test('entries name everything below a tree with its kind', async () => {
    const submodule = 'd'.repeat(40);
    const tree = await house.tree({
      'a b/ü\n.tf': '',
      link: { link: '/etc' },
      run: { run: 'x' },
      sub: { submodule },
    });
    const entries = await house.git.entries(repo.id, tree);
    expect(entries.map(({ path, kind }) => [path, kind])).toEqual([
      ['a b', 'folder'],
      ['a b/ü\n.tf', 'file'],
      ['link', 'link'],
      ['run', 'file'],
      ['sub', 'submodule'],
    ]);
    expect(entries.at(-1)?.id).toBe(submodule);
  });

  test('blobs come by id, byte for byte; what is none, or too large, is missing', async () => {
    const bytes = Buffer.from([0, 10, 255, 10, 0]);
    const tree = await house.tree({
      binary: bytes,
      empty: '',
      huge: Buffer.alloc(5 * 1024 * 1024 + 1, 'x'),
      largest: Buffer.alloc(5 * 1024 * 1024, 'x'),
      'f/a': 'a',
    });
    const ids = Object.fromEntries(
      (await house.git.entries(repo.id, tree)).map(({ path, id }) => [path, id] as const),
    );
    const wanted = [...Object.values(ids), tree, 'HEAD', '--batch-all-objects', '\n'];
    const blobs = await house.git.blobs(repo.id, wanted);
    const idOf = (path: string): string => ids[path] ?? path;
    expect([...blobs.keys()].sort()).toEqual(['binary', 'empty', 'f/a', 'largest'].map(idOf).sort());
    expect(blobs.get(idOf('binary'))).toEqual(bytes);
    expect(blobs.get(idOf('empty'))).toEqual(Buffer.alloc(0));
    // Nobody changes what others read.
    blobs.get(idOf('binary'))?.fill(0);
    expect((await house.git.blobs(repo.id, [idOf('binary')])).get(idOf('binary'))).toEqual(bytes);
    const largest = blobs.get(idOf('largest')) ?? Buffer.alloc(0);
    expect(createHash('sha1').update(`blob ${largest.length}\0`).update(largest).digest('hex')).toBe(
      idOf('largest'),
    );
  });

  test('a branch alone is fetched, and its own line is told from what was known on', async () => {
    const { author, commit, git, wish } = house;
    const first = commit({ 'a.tf': '1' });
    const second = commit({ 'a.tf': '2' }, first);
    const side = commit({ 'a.tf': '1', 'b.tf': '1' }, first);
    const merge = commit({ 'a.tf': '2', 'b.tf': '1' }, second, side);
    const tip = commit({ 'a.tf': '3', 'b.tf': '1' }, merge);
    author.branch('line', tip);
    const fetched = () => git.fetchBranch(repo, wish({ baseRef: 'line' }));
    expect(await fetched()).toBe(tip);
    const own = (known: typeof tip | null, most = 10) => git.ownCommits(repo.id, tip, known, most);
    const line = [
      { commit: tip, parent: merge },
      { commit: merge, parent: second },
      { commit: second, parent: first },
      { commit: first, parent: null },
    ];
    expect(await own(null)).toEqual(line);
    expect(await own(first)).toEqual(line.slice(0, 3));
    expect(await own(null, 2)).toEqual(line.slice(0, 2));
    expect(await own(tip)).toEqual([]);
    // A line of its own: what it has in common with the other is none of its commits.
    expect(await own(side)).toEqual(line.slice(0, 3));
    await expect(git.fetchBranch(repo, wish({ baseRef: 'nowhere' }))).rejects.toMatchObject({
      reason: 'no-such-ref',
    });
    expect(await fetched()).toBe(tip);
  });

  test('tips are told by full name, as they are now', async () => {
    const { author, commit, git, wish } = house;
    const first = commit({ 'a.tf': 'a tip' });
    const second = commit({ 'a.tf': 'another tip' }, first);
    author.branch('tip', first);
    author.branch('of/a/tip', second);
    author.pull(77, first);
    const tips = (more: object = {}) =>
      git.tips(repo, { ...wish({ baseRef: 'tip', pullNumber: 77 }), ...more });
    expect(await tips()).toEqual({ base: first, head: first });
    author.pull(77, second);
    expect(await tips()).toEqual({ base: first, head: second });
    author.branch('tip', second);
    expect(await tips({ pullNumber: null })).toEqual({ base: second, head: null });
    expect(await tips({ baseRef: 'nowhere', pullNumber: 78 })).toEqual({ base: null, head: null });
  });

  test('tags are told by name, as they are now, and nothing of them is brought here', async () => {
    const { author, commit, git, wish } = house;
    const first = commit({ 'a.tf': 'tagged' });
    const second = commit({ 'a.tf': 'tagged again' }, first);
    for (const name of ['v1.0.0', 'app/v1.0.0', 'ü-1.2.3', '-1.0.0', "it's@1.0.0", 'v1.0.0+meta'])
      author.tag(name, first);
    author.tag('v2.0.0', second);
    const tags = () => git.tags(repo, wish());
    expect([...(await tags())].toSorted()).toEqual(
      [
        ...['v1.0.0', 'app/v1.0.0', 'ü-1.2.3', '-1.0.0', "it's@1.0.0", 'v1.0.0+meta'].map((name) => [
          name,
          first,
        ]),
        ['v2.0.0', second],
      ].toSorted(),
    );
    author.tag('v1.0.0', second);
    author.tag('v2.0.0', null);
    const moved = await tags();
    expect([moved.get('v1.0.0'), moved.has('v2.0.0')]).toEqual([second, false]);
  });

  test('hasCommit is about commits of this repository only', async () => {
    const tree = await house.tree({ 'a.tf': 'one' });
    const known = await house.git.fetch(repo, house.wish({ pullNumber: 1, baseRef: 'base-1' }));
    expect(await house.git.hasCommit(repo.id, known.head)).toBe(true);
    expect(await house.git.hasCommit(repo.id + 1, known.head)).toBe(false);
    expect(await house.git.hasCommit(repo.id, known.head.replace(/./g, 'a') as typeof known.head)).toBe(
      false,
    );
    await expect(house.git.treeOf(repo.id, tree as unknown as typeof known.head)).resolves.toBe(tree);
  });

  test('a checkout holds the tree and nothing else, and tells what was written since', async () => {
    const tree = await house.tree({
      'a.tf': 'one',
      'm/b.tf': 'two',
      'm/run': { run: 'x' },
      l: { link: 'm' },
    });
    const folder = house.place();
    await house.git.checkout(repo.id, tree, folder, noRescue);
    const pristine = { 'a.tf': '- one', l: '> m', m: '/', 'm/b.tf': '- two', 'm/run': 'x x' };
    expect(pictureOf(folder)).toEqual(pristine);
    expect(await house.git.written(repo.id, tree, folder)).toEqual([]);

    put(folder, '.gitignore', '*\n');
    put(folder, 'a.tf', 'new');
    put(folder, 'm/run', 'x');
    put(folder, 'l/deep', 'through a link');
    put(folder, 'm/b.tf', { link: '../a.tf' });
    put(folder, '.terraform/x/.git/config', 'mine');
    expect(await house.git.written(repo.id, tree, folder)).toEqual([
      { path: '.gitignore', kind: 'added' },
      { path: '.terraform/x/.git/config', kind: 'added' },
      { path: 'a.tf', kind: 'modified' },
      { path: 'm/b.tf', kind: 'modified' },
      { path: 'm/deep', kind: 'added' },
      { path: 'm/run', kind: 'modified' },
    ]);
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual(pristine);
    expect(await house.git.written(repo.id, tree, folder)).toEqual([]);

    await house.git.removeCheckout(repo.id, folder, noRescue);
    expect(pictureOf(house.root)).not.toHaveProperty(folder.slice(house.root.length + 1));
    await house.git.removeCheckout(repo.id, folder, noRescue);
  });

  test('an empty tree is an empty folder', async () => {
    const tree = await house.tree({});
    const folder = house.place();
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual({});
    put(folder, 'a/b', 'x');
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual({});
  });

  test('what is not there is an error that changes nothing', async () => {
    const folder = house.place();
    const unknown = treeId('e'.repeat(40));
    await expect(house.git.checkout(repo.id, unknown, folder, noRescue)).rejects.toThrow(/ls-tree/);
    await expect(house.git.entries(repo.id, unknown)).rejects.toThrow();
    await expect(house.git.fetch(repo, house.wish({ pullNumber: 999 }))).rejects.toThrow(FetchFailed);
    expect(pictureOf(house.root)).not.toHaveProperty(folder.slice(house.root.length + 1));
  });
});
