import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/domain/problem.ts';
import { standardPath } from '../../src/programs/search-path.ts';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type Files, type House, noRescue, repo } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.close());

const layOut = async (files: Files, folder = house.place()) => {
  const tree = await house.tree(files);
  await house.git.checkout(repo.id, tree, folder, noRescue);
  return { tree, folder };
};

test('an edit that kept size and time is undone, in the second of the checkout and later', async () => {
  const { tree, folder } = await layOut({ 'a.tf': 'aaaa', 'b.tf': 'bbbb' });
  const file = path.join(folder, 'a.tf');
  for (let round = 0; round < 3; round += 1) {
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'evil');
    utimesSync(file, atime, mtime);
    expect(await house.git.written(repo.id, tree, folder)).toEqual([{ path: 'a.tf', kind: 'modified' }]);
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual({ 'a.tf': '- aaaa', 'b.tf': '- bbbb' });
  }
});

test('what tools leave goes: ignored files, read-only folders, repositories, sockets, odd names', async () => {
  const files = { '.gitignore': '*.zip\n.terraform\n', 'm/a.tf': 'a' };
  const { tree, folder } = await layOut(files);
  put(folder, '.git/config', '[core]\n\tfsmonitor = touch ../evil\n');
  put(folder, 'm/.git/HEAD', 'ref: refs/heads/x\n');
  put(folder, 'm/x/.git', 'gitdir: /etc\n');
  put(folder, 'x.zip', 'z');
  put(folder, '.terraform/providers/p/bin', { run: 'x' });
  put(folder, 'line\nbreak/ü/-rf', 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/m/`), Buffer.from([0xff, 0xfe])]), 'no text');
  mkdirSync(path.join(folder, 'empty/deep'), { recursive: true });
  execFileSync('mkfifo', [path.join(folder, 'm/pipe')]);
  chmodSync(path.join(folder, '.terraform/providers'), 0o555);
  chmodSync(path.join(folder, 'm'), 0o500);
  await house.git.checkout(repo.id, tree, folder, noRescue);
  expect(pictureOf(folder)).toEqual({ '.gitignore': '- *.zip\n.terraform\n', m: '/', 'm/a.tf': '- a' });
});

test('an ordinary user gets rid of read-only folders as well', async () => {
  const { folder } = await layOut({ 'a.tf': 'a' });
  const program = `
    import { removeAt, walk } from ${JSON.stringify(path.resolve('src/git/local/walk.ts'))};
    process.setuid?.(65534);
    await walk(process.argv[1]);
    await removeAt(process.argv[1], 'go');
  `;
  put(folder, 'go/pkg/mod/file', 'x');
  if (process.getuid?.() === 0) await execa('chown', ['-R', '65534', folder]);
  chmodSync(path.join(folder, 'go/pkg/mod'), 0o000);
  chmodSync(path.join(folder, 'go/pkg'), 0o555);
  for (let at = folder; at !== path.dirname(house.root); at = path.dirname(at)) {
    if (at !== folder) chmodSync(at, statSync(at).mode | 0o011);
  }
  for (const up of [path.dirname(house.root), path.dirname(path.dirname(house.root))]) chmodSync(up, 0o711);
  const ran = await execa(process.execPath, ['--input-type=module', '-e', program, folder], {
    reject: false,
    cwd: '/',
  });
  expect(ran.stderr).toBe('');
  expect(readdirSync(folder)).toEqual(['a.tf']);
});

test('links are replaced and never followed, in the folder, above it and from one commit to the next', async () => {
  const outside = house.place('outside');
  put(outside, 'b', 'precious');
  put(outside, 'terraform.tfstate', 'precious');
  const link = await house.tree({ a: { link: outside }, 'm/b': 'b' });
  const inside = await house.tree({ 'a/b': 'ours', 'm/b': 'b' });
  const folder = house.place();
  const check = async (tree: typeof link, picture: Record<string, string>) => {
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual(picture);
    expect(pictureOf(outside)).toEqual({ b: '- precious', 'terraform.tfstate': '- precious' });
  };
  const linked = { a: `> ${outside}`, m: '/', 'm/b': '- b' };
  const laid = { a: '/', 'a/b': '- ours', m: '/', 'm/b': '- b' };
  await check(link, linked);
  await check(inside, laid);
  await check(link, linked);
  await check(inside, laid);
  // A tool swaps a folder of the tree, and then the checkout itself, for a link.
  rmSync(path.join(folder, 'm'), { recursive: true });
  symlinkSync(outside, path.join(folder, 'm'));
  await check(inside, laid);
  rmSync(path.join(folder, 'a/b'));
  linkSync(path.join(outside, 'b'), path.join(folder, 'a/b'));
  await check(inside, laid);
  rmSync(folder, { recursive: true });
  symlinkSync(outside, folder);
  await check(inside, laid);
});

test('files become folders, folders files, modes and names change from commit to commit', async () => {
  const folder = house.place();
  const steps: readonly [Files, Record<string, string>][] = [
    [
      { x: 'file', 'd/e/f': '1', r: 'r' },
      { d: '/', 'd/e': '/', 'd/e/f': '- 1', r: '- r', x: '- file' },
    ],
    [
      { 'x/y': '', d: 'file', r: { run: 'r' } },
      { d: '- file', r: 'x r', x: '/', 'x/y': '- ' },
    ],
    [
      { 'ü\n"\t': 'odd', '-rf': 'dash', r: { link: 'r' } },
      { '-rf': '- dash', r: '> r', 'ü\n"\t': '- odd' },
    ],
    [
      { 'D/a': '1', 'd/a': '2' },
      { D: '/', 'D/a': '- 1', d: '/', 'd/a': '- 2' },
    ],
    [{}, {}],
    [{ x: 'file' }, { x: '- file' }],
  ];
  for (const [files, picture] of steps) {
    await layOut(files, folder);
    expect(pictureOf(folder)).toEqual(picture);
  }
});

test('nothing in a tree or a work tree runs a program or changes a byte', async () => {
  const evil = house.place('evil');
  const attributes =
    '* filter=evil text eol=crlf ident diff=evil merge=evil\n*.lfs filter=lfs\n*.u working-tree-encoding=UTF-16\n';
  const { tree, folder } = await layOut({
    '.gitattributes': attributes,
    '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${evil}\n`,
    '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = file://${house.author.repository}\n\tupdate = !touch ${evil}\n`,
    s: { submodule: house.commit({ a: 'a' }) },
    'a.lfs': 'version https://git-lfs.github.com/spec/v1\n',
    'a.tf': '$Id$\nline\n',
    'a.u': 'plain',
    'hooks/post-checkout': { run: `#!/bin/sh\ntouch ${evil}\n` },
  });
  const picture = pictureOf(folder);
  expect(picture).toMatchObject({
    '.gitattributes': `- ${attributes}`,
    'a.tf': '- $Id$\nline\n',
    'a.u': '- plain',
    s: '/',
  });

  const config = `[core]\n\tfsmonitor = touch ${evil}\n\thooksPath = hooks\n[filter "evil"]\n\tclean = touch ${evil}\n\tsmudge = touch ${evil}\n`;
  for (const place of ['.git', 's/.git']) {
    put(folder, `${place}/config`, `${config}[core]\n\trepositoryformatversion = 0\n`);
    put(folder, `${place}/HEAD`, 'ref: refs/heads/main\n');
    mkdirSync(path.join(folder, place, 'objects'), { recursive: true });
    mkdirSync(path.join(folder, place, 'refs'));
    put(folder, `${place}/info/attributes`, '* filter=evil\n');
  }
  put(folder, 'm/.gitattributes', '* filter=evil\n');
  appendFileSync(path.join(folder, 'a.tf'), 'more\n');
  const written = await house.git.written(repo.id, tree, folder);
  expect(written).toContainEqual({ path: 'a.tf', kind: 'modified' });
  expect(written).toContainEqual({ path: 's/.git/config', kind: 'added' });
  await house.git.checkout(repo.id, tree, folder, noRescue);
  expect(pictureOf(folder)).toEqual(picture);
  expect(existsSync(evil)).toBe(false);
});

test.each(['.GIT/config', '.git/hooks/x', 'm/.Git', '..', 'a/./b'])(
  'a tree with %s is refused',
  async (name) => {
    const folder = house.place();
    put(folder, 'kept', 'x');
    const refused = layOut({ [name]: 'x', 'a.tf': 'a' }, folder);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'path-refused' } });
    expect(pictureOf(folder)).toEqual({ kept: '- x' });
  },
);

test('names that the disk would take for one are refused, there and nowhere else', async () => {
  const folding = await createHouse({ folds: async () => true });
  try {
    const trees = [
      [{ 'a/Main.tf': '1', 'a/main.tf': '2' }, '`a/Main.tf` and `a/main.tf`'],
      [{ 'A/x': '1', 'a/y': '2' }, '`A` and `a`'],
      [{ 'caf\u00e9': '1', 'cafe\u0301': '2' }, 'takes for one'],
    ] as const;
    for (const [files, words] of trees) {
      const folder = folding.place();
      put(folder, 'kept', 'x');
      const tree = await folding.tree(files);
      const refused = folding.git.checkout(repo.id, tree, folder, noRescue);
      await expect(refused).rejects.toMatchObject({
        problem: { code: 'path-refused', sentence: expect.stringContaining(words) },
      });
      expect(pictureOf(folder)).toEqual({ kept: '- x' });
      // This machine's own disk keeps them apart, which is found out by trying.
      expect(Object.keys(pictureOf((await layOut(files)).folder)).length).toBeGreaterThan(1);
    }
    const fine = folding.place();
    await folding.git.checkout(repo.id, await folding.tree({ a: '1', b: '2' }), fine, noRescue);
    expect(pictureOf(fine)).toEqual({ a: '- 1', b: '- 2' });
  } finally {
    await folding.close();
  }
});

test('a huge file is laid out whole', async () => {
  const huge = Buffer.alloc(30 * 1024 * 1024, 'huge ');
  const { folder } = await layOut({ huge });
  expect(readFileSync(path.join(folder, 'huge')).equals(huge)).toBe(true);
});

test('an index that is cut off, locked or gone costs time and nothing else', async () => {
  const { tree, folder } = await layOut({ 'a.tf': 'a', 'm/b.tf': 'b' });
  const picture = pictureOf(folder);
  const spoil = [
    () => truncateSync(`${folder}.index`, 40),
    () => writeFileSync(`${folder}.index`, 'no index'),
    () => rmSync(`${folder}.index`),
    () => writeFileSync(`${folder}.index.lock`, ''),
    () => rmSync(folder, { recursive: true }),
  ];
  for (const one of spoil) {
    one();
    if (existsSync(folder)) put(folder, 'm/b.tf', 'other');
    await house.git.checkout(repo.id, tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual(picture);
  }
  expect(readdirSync(path.dirname(folder)).filter((name) => name.endsWith('.lock'))).toEqual([]);
});

test('an index that was cut off long after its files were written says nothing about them', async () => {
  const { tree, folder } = await layOut({ 'a.tf': 'a', 'm/b.tf': 'b' });
  const picture = pictureOf(folder);
  truncateSync(`${folder}.index`, 40);
  put(folder, 'm/b.tf', 'other');
  // Else it is as young as the files, and not believed for that.
  const later = Date.now() / 1000 + 60;
  utimesSync(`${folder}.index`, later, later);
  await house.git.checkout(repo.id, tree, folder, noRescue);
  expect(pictureOf(folder)).toEqual(picture);
});

test('calls on one folder take turns; a moved tree is not mistaken for this one', async () => {
  const one = await house.tree({ a: '1', 'm/x': 'x' });
  const two = await house.tree({ a: '2', 'n/y': 'y' });
  const folder = house.place();
  await Promise.all(
    [one, two, one, two].map((tree, turn) =>
      // The same folder under another spelling is the same folder.
      house.git.checkout(
        repo.id,
        tree,
        turn % 2 === 0 ? folder : `${folder}/../${path.basename(folder)}`,
        noRescue,
      ),
    ),
  );
  expect(pictureOf(folder)).toEqual({ a: '- 2', n: '/', 'n/y': '- y' });
  await expect(house.git.written(repo.id, one, folder)).rejects.toThrow(/not laid out from/);
  await expect(house.git.checkout(repo.id, one, 'relative', noRescue)).rejects.toThrow(TypeError);
});

test('a large repository keeps a spare checkout, which is held to the same tree', async () => {
  const own = await createHouse({ spareFrom: 3 });
  try {
    const one = await own.tree({ 'a/1': '1', 'b/2': '2', c: { run: 'c' } });
    const two = await own.tree({ 'a/1': 'one', 'b/3': '3', c: { run: 'c' } });
    await own.git.checkout(repo.id, one, own.place(), noRescue);
    await own.git.settled();
    const spare = `${own.mirror}.spare`;
    expect(pictureOf(spare)).toEqual({ a: '/', 'a/1': '- 1', b: '/', 'b/2': '- 2', c: 'x c' });
    const { ino } = statSync(path.join(spare, 'c'));
    const folder = own.place();
    await own.git.checkout(repo.id, two, folder, noRescue);
    expect(statSync(path.join(folder, 'c')).ino).toBe(ino);
    const picture = { a: '/', 'a/1': '- one', b: '/', 'b/3': '- 3', c: 'x c' };
    expect(pictureOf(folder)).toEqual(picture);

    // A spare that somebody touched is brought back like any other folder.
    await own.git.settled();
    put(spare, 'a/1', 'evil');
    put(spare, '.git/config', 'evil');
    const next = own.place();
    await own.git.checkout(repo.id, two, next, noRescue);
    expect(pictureOf(next)).toEqual(picture);
  } finally {
    await own.close();
  }
});

test('a folder that holds the tree already is repaired without going through the whole tree', async () => {
  const bin = temporaryFolder('bin');
  const log = path.join(bin, 'log');
  const real = (await execa('sh', ['-c', 'command -v git'])).stdout;
  writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho "$1" >> ${log}\nexec ${real} "$@"\n`, {
    mode: 0o755,
  });
  const own = await createHouse({ path: `${bin}:${standardPath}` });
  try {
    const files = { 'a.tf': 'a', 'm/b.tf': 'b', 'm/c': { link: 'b.tf' }, 'm/run': { run: 'x' }, 'ü\n': 'ü' };
    const others = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`o/${at}`, 'o'] as const));
    const tree = await own.tree({ ...files, ...others });
    const folder = own.place();
    await own.git.checkout(repo.id, tree, folder, noRescue);
    const pristine = pictureOf(folder);
    // As young as its index, a file can not be told from an edited one by its times.
    await setTimeout(1_100);
    await own.git.checkout(repo.id, tree, folder, noRescue);

    const damage: readonly (() => void)[] = [
      () => {},
      () => put(folder, 'm/.terraform/x', 'x'),
      () => put(folder, 'a.tf', 'b'),
      () => put(folder, 'ü\n', 'longer'),
      () => chmodSync(path.join(folder, 'm/run'), 0o644),
      () => put(folder, 'm/c', { link: '/etc' }),
    ];
    for (const one of damage) {
      one();
      rmSync(log);
      await own.git.checkout(repo.id, tree, folder, noRescue);
      expect(pictureOf(folder)).toEqual(pristine);
      expect(readFileSync(log, 'utf8')).toContain('diff-files');
      expect(readFileSync(log, 'utf8')).not.toContain('read-tree');
      expect(await own.git.written(repo.id, tree, folder)).toEqual([]);
    }
    const worse: readonly (() => void)[] = [
      () => rmSync(path.join(folder, 'a.tf')),
      () => put(folder, 'm', { link: '/etc' }),
      () => rmSync(`${folder}.index`),
      () => {
        put(folder, 'a.tf', 'c');
        writeFileSync(`${folder}.index.lock`, '');
      },
      () => rmSync(folder, { recursive: true }),
    ];
    for (const one of worse) {
      one();
      await own.git.checkout(repo.id, tree, folder, noRescue);
      expect(pictureOf(folder)).toEqual(pristine);
    }
  } finally {
    await own.close();
  }
});

test('a checkout moved to another place is still known by its index when that moves along', async () => {
  const { tree, folder } = await layOut({ a: 'a' });
  const moved = house.place();
  renameSync(folder, moved);
  renameSync(`${folder}.index`, `${moved}.index`);
  put(moved, 'b', 'b');
  expect(await house.git.written(repo.id, tree, moved)).toEqual([{ path: 'b', kind: 'added' }]);
});
