import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createLocalGit } from '../../src/git/local/git.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type House, noRescue, repo } from './house.ts';

let house: House | null = null;
afterEach(async () => {
  await house?.close();
  house = null;
});

const objects = (mirror: string): string[] =>
  readdirSync(path.join(mirror, 'objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

const write = (mirror: string, name: string, text = ''): void => {
  mkdirSync(path.dirname(path.join(mirror, name)), { recursive: true });
  writeFileSync(path.join(mirror, name), text);
};

const accidents: Readonly<Record<string, (mirror: string) => void>> = {
  'only half of it was made': (mirror) => {
    rmSync(mirror, { recursive: true });
    mkdirSync(path.join(mirror, 'objects'), { recursive: true });
    writeFileSync(path.join(mirror, 'config'), '[core');
  },
  'it is an empty folder': (mirror) => {
    rmSync(mirror, { recursive: true });
    mkdirSync(mirror);
  },
  'it is gone': (mirror) => rmSync(mirror, { recursive: true }),
  'a killed fetch left its locks': (mirror) => {
    for (const name of ['config.lock', 'packed-refs.lock', 'HEAD.lock', 'shallow.lock']) write(mirror, name);
    for (const entry of readdirSync(path.join(mirror, 'refs/tidegate'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (entry.isFile()) writeFileSync(path.join(entry.parentPath, `${entry.name}.lock`), '');
    }
    write(mirror, 'objects/pack/tmp_pack_abc', 'half a pack');
    write(mirror, 'objects/info/commit-graph.lock');
  },
  'its objects are empty': (mirror) => {
    for (const file of objects(mirror)) truncateSync(file, 0);
  },
  'its objects are gone': (mirror) => {
    for (const file of objects(mirror)) rmSync(file);
  },
  'its objects are garbage': (mirror) => {
    for (const file of objects(mirror)) {
      rmSync(file);
      writeFileSync(file, 'garbage, not zlib');
    }
  },
  'its refs are empty': (mirror) => {
    for (const entry of readdirSync(path.join(mirror, 'refs'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) truncateSync(path.join(entry.parentPath, entry.name), 0);
    }
  },
  'its HEAD and configuration are garbage': (mirror) => {
    writeFileSync(path.join(mirror, 'HEAD'), '\0\0\0');
    appendFileSync(path.join(mirror, 'config'), '[[[');
  },
};

const cases = Object.entries(accidents).flatMap(([name, harm]) =>
  [false, true].map((filters) => ({ name, harm, filters })),
);

test.each(cases)(
  'after a crash, $name: the next use heals it; filters: $filters',
  async ({ harm, filters }) => {
    const own = await createHouse({}, { filters });
    house = own;
    const base = own.commit({ 'a.tf': 'a' });
    const head = own.commit({ 'a.tf': 'a', 'm/b.tf': 'b' }, base);
    own.author.branch('main', base);
    own.author.pull(1, head);
    await own.git.fetch(repo, own.wish());
    harm(own.mirror);

    // A restarted server.
    const git = createLocalGit({ folder: path.dirname(own.mirror) });
    expect(await git.fetch(repo, own.wish())).toEqual({ base, head });
    if (!(await git.hasCommit(repo.id, head))) await git.fetch(repo, own.wish());
    const merged = await git.mergeOf(repo.id, base, head);
    if ('conflicts' in merged) throw new Error('there is no conflict');
    const folder = own.place();
    await git.checkout(repo.id, merged.tree, folder, noRescue);
    expect(pictureOf(folder)).toEqual({ 'a.tf': '- a', m: '/', 'm/b.tf': '- b' });
    const names = readdirSync(path.dirname(own.mirror), { recursive: true }).map(String);
    expect(names.filter((name) => /\.lock$|tmp_|\.fresh$|\.old$|condemned/.test(name))).toEqual([]);
  },
);

test('one unreadable file condemns the mirror, and the next fetch builds it anew', async () => {
  // Fetched with its files, a few objects are a file each.
  const own = await createHouse({ blobless: false });
  house = own;
  const tree = await own.tree({ 'a.tf': 'a', 'b.tf': 'bbb' });
  const blob = (await own.git.entries(repo.id, tree)).find((entry) => entry.path === 'b.tf')?.id ?? '';
  // What was read once is known, whatever becomes of the mirror; that is no reason to trust it.
  expect((await own.git.blobs(repo.id, [blob])).get(blob)?.toString()).toBe('bbb');
  rmSync(path.join(own.mirror, 'objects', blob.slice(0, 2), blob.slice(2)));
  expect((await own.git.blobs(repo.id, [blob])).get(blob)?.toString()).toBe('bbb');
  const folder = own.place();
  await expect(own.git.checkout(repo.id, tree, folder, noRescue)).rejects.toThrow(/read/);
  await own.git.fetch(repo, own.wish({ pullNumber: 101 }));
  await own.git.checkout(repo.id, tree, folder, noRescue);
  expect(pictureOf(folder)).toEqual({ 'a.tf': '- a', 'b.tf': '- bbb' });
});

test('asking for what was never fetched condemns nothing', async () => {
  const own = await createHouse();
  house = own;
  const tree = await own.tree({ 'a.tf': 'a' });
  const head = own.commit({ 'never.tf': 'x' });
  await expect(own.git.treeOf(repo.id, head)).rejects.toThrow();
  await expect(own.git.mergeOf(repo.id, head, head)).rejects.toThrow();
  await expect(own.git.changed(repo.id, head, tree)).rejects.toThrow();
  expect(await own.git.hasCommit(repo.id, head)).toBe(false);
  expect(readdirSync(own.mirror)).not.toContain('tidegate-condemned');
});

test('commits that no branch holds any more stay', async () => {
  const own = await createHouse();
  house = own;
  const old = own.commit({ 'old.tf': 'x' });
  own.author.pull(1, old);
  await own.git.fetch(repo, own.wish());
  own.author.pull(1, own.commit({ 'new.tf': 'x' }));
  await own.git.fetch(repo, own.wish());
  expect(await own.git.hasCommit(repo.id, old)).toBe(true);
  expect(readFileSync(path.join(own.mirror, 'config'), 'utf8')).not.toContain('remote');
});
