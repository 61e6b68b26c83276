import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type Sha, treeId } from '../../src/domain/ids.ts';
import { createLocalGit } from '../../src/git/local/git.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type Files, type House, noRescue, repo } from './house.ts';

const houses: House[] = [];
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close();
});

interface Watched extends House {
  /** From now on the server breaks off whatever is asked. */
  cut(): void;
  /** Since the last time: how often git went to the server, however many requests that took. */
  asked(): number;
}

const build = async (
  options: Parameters<typeof createHouse>[0] = {},
  serving: Parameters<typeof createHouse>[1] = { filters: true },
): Promise<Watched> => {
  let isCut = false;
  const house = await createHouse(options, {
    ...serving,
    instead: (request) => isCut && Boolean(request.socket.destroy()),
  });
  houses.push(house);
  let seen = 0;
  return {
    ...house,
    cut: () => {
      isCut = true;
    },
    asked: () => {
      const all = house.server.requests.filter((request) => request.includes('info/refs')).length;
      const since = all - seen;
      seen = all;
      return since;
    },
  };
};

const lines = (text: string, count = 40): string =>
  `${Array.from({ length: count }, (_, at) => `${text} ${at}`).join('\n')}\n`;

const inMirror = (house: House, args: readonly string[]): string =>
  execFileSync('git', args, {
    env: { PATH: process.env['PATH'], GIT_DIR: house.mirror, GIT_NO_LAZY_FETCH: '1' },
    encoding: 'utf8',
  });

const missing = (house: House): number =>
  inMirror(house, ['rev-list', '--objects', '--missing=print', '--all']).match(/^\?/gm)?.length ?? 0;

const isMarked = (house: House): boolean => existsSync(path.join(house.mirror, 'tidegate-blobless'));

/** What the files of a commit are, of a folder laid out from it. */
const layOut = async (house: House, of: Sha): Promise<ReturnType<typeof pictureOf>> => {
  const folder = house.place();
  await house.git.checkout(repo.id, await house.git.treeOf(repo.id, of), folder, noRescue);
  return pictureOf(folder);
};

const mergedPicture = async (house: House, base: Sha, head: Sha) => {
  const merged = await house.git.mergeOf(repo.id, base, head);
  if ('conflicts' in merged) return merged;
  const folder = house.place();
  await house.git.checkout(repo.id, merged.tree, folder, noRescue);
  return pictureOf(folder);
};

/** Five versions of two files, the last of them on `main`. */
const history = (house: House): readonly Sha[] => {
  const commits: Sha[] = [];
  for (let at = 0; at < 5; at += 1) {
    const before = commits.at(-1);
    const files = { 'a.tf': lines(`a${at}`), 'b.tf': lines(`b${at}`), 'same.tf': 'same' };
    commits.push(house.commit(files, ...(before === undefined ? [] : [before])));
  }
  const last = commits.at(-1);
  if (last !== undefined) house.author.branch('main', last);
  return commits;
};

describe('a server that can leave files out', () => {
  test('a new mirror has the history without its files, and all files of what was asked for', async () => {
    const house = await build();
    const [, , , , base] = history(house);
    if (base === undefined) throw new Error('there is a last one');
    const head = house.commit({ 'a.tf': lines('a4'), 'b.tf': 'mine', 'same.tf': 'same' }, base);
    house.author.pull(1, head);
    expect(await house.git.fetch(repo, house.wish())).toEqual({ base, head });
    expect(house.asked(), 'once for what there is, once for files').toBe(2);
    expect(isMarked(house)).toBe(true);
    expect(missing(house), 'four old versions of two files').toBe(8);
    house.cut();
    expect(await layOut(house, base)).toMatchObject({ 'a.tf': `- ${lines('a4')}` });
    expect(await mergedPicture(house, base, head)).toMatchObject({ 'b.tf': '- mine', 'same.tf': '- same' });
    expect(house.asked()).toBe(0);
  });

  test('what is pushed later comes with its files, in one go', async () => {
    const house = await build();
    const [, , , , base] = history(house);
    if (base === undefined) throw new Error('there is a last one');
    house.author.pull(1, house.commit({ 'a.tf': 'first' }, base));
    await house.git.fetch(repo, house.wish());
    house.asked();
    const head = house.commit({ 'a.tf': 'second', 'new/c.tf': 'c' }, base);
    const moved = house.commit({ 'a.tf': lines('a4'), 'b.tf': 'moved', 'same.tf': 'same' }, base);
    house.author.pull(1, head);
    house.author.branch('main', moved);
    expect(await house.git.fetch(repo, house.wish())).toEqual({ base: moved, head });
    expect(house.asked()).toBe(1);
    // A server that was started in between knows nothing of what is whole.
    const restarted = createLocalGit({ folder: path.dirname(house.mirror) });
    await restarted.fetch(repo, house.wish());
    expect(house.asked()).toBe(1);
    house.cut();
    expect(await layOut(house, head)).toEqual({ 'a.tf': '- second', new: '/', 'new/c.tf': '- c' });
  });

  test('an old version that comes back, and one that a change is told as the difference of, are brought', async () => {
    const house = await build();
    const [first, second, , , base] = history(house);
    if (first === undefined || second === undefined || base === undefined) throw new Error('there are five');
    house.author.pull(1, base);
    await house.git.fetch(repo, house.wish());
    // The server takes the old files for ours: we have the commit that they are of.
    const back = house.commit({ 'a.tf': lines('a0'), 'b.tf': lines('b0') }, base);
    const onOld = house.commit({ 'a.tf': `${lines('a1')}more\n`, 'b.tf': lines('b1') }, second);
    house.author.pull(2, back);
    house.author.pull(3, onOld);
    await house.git.fetch(repo, house.wish({ pullNumber: 2 }));
    await house.git.fetch(repo, house.wish({ pullNumber: 3 }));
    house.cut();
    expect(await layOut(house, back)).toEqual({ 'a.tf': `- ${lines('a0')}`, 'b.tf': `- ${lines('b0')}` });
    expect(await mergedPicture(house, base, back)).toMatchObject({ 'b.tf': `- ${lines('b0')}` });
    expect(await layOut(house, onOld)).toMatchObject({ 'a.tf': `- ${lines('a1')}more\n` });
    expect(await house.git.mergeOf(repo.id, base, onOld)).toMatchObject({
      conflicts: expect.arrayContaining(['a.tf']),
    });
  });

  test('files of another commit are brought when they are asked for, and only then is a token wanted', async () => {
    const house = await build();
    const [first, , , , base] = history(house);
    if (first === undefined || base === undefined) throw new Error('there are five');
    house.author.pull(1, base);
    await house.git.fetch(repo, house.wish());
    house.asked();
    const tokens: string[] = [];
    const open = async () => {
      tokens.push('minted');
      return { url: house.wish().url, token: '', done: () => void tokens.push('done') };
    };
    await house.git.complete(repo, [base], open);
    expect(tokens).toEqual([]);
    await house.git.complete(repo, [first], open);
    await house.git.complete(repo, [first], open);
    expect(tokens).toEqual(['minted', 'done']);
    expect(house.asked()).toBe(1);
    house.cut();
    expect(await layOut(house, first)).toMatchObject({ 'a.tf': `- ${lines('a0')}` });
  });
});

describe('a file that was not brought', () => {
  test('is an error, not an absence, and nobody goes to the server for it; the next fetch brings all', async () => {
    const house = await build();
    const [first, , , , base] = history(house);
    if (first === undefined || base === undefined) throw new Error('there are five');
    house.author.pull(1, base);
    await house.git.fetch(repo, house.wish());
    const old = await house.git.entries(repo.id, await house.git.treeOf(repo.id, first));
    const ids = old.map(({ id }) => id);
    house.asked();
    await expect(house.git.blobs(repo.id, ids)).rejects.toThrow(/missing blob/);
    await expect(layOut(house, first)).rejects.toThrow(/read/);
    expect(house.asked()).toBe(0);
    await house.git.fetch(repo, house.wish());
    expect(isMarked(house)).toBe(false);
    expect(missing(house)).toBe(0);
    expect((await house.git.blobs(repo.id, ids)).size).toBe(3);
  });

  /** The twin: what git does where it knows of the server and may. */
  test('would be fetched by a git that was left to itself', async () => {
    const house = await build();
    const [first, , , , base] = history(house);
    if (first === undefined || base === undefined) throw new Error('there are five');
    house.author.pull(1, base);
    await house.git.fetch(repo, house.wish());
    house.asked();
    const left = {
      PATH: process.env['PATH'],
      GIT_DIR: house.mirror,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'remote.tidegate.url',
      GIT_CONFIG_VALUE_0: house.wish().url,
      GIT_CONFIG_KEY_1: 'remote.tidegate.promisor',
      GIT_CONFIG_VALUE_1: 'true',
    };
    const shown = await promisify(execFile)('git', ['cat-file', 'blob', `${first}:a.tf`], { env: left });
    expect(shown.stdout).toBe(lines('a0'));
    expect(house.asked()).toBe(1);
  });
});

test('a server that cannot leave files out sends them, and the mirror is as any other', async () => {
  const house = await build({}, {});
  const [, , , , base] = history(house);
  if (base === undefined) throw new Error('there are five');
  house.author.pull(1, base);
  await house.git.fetch(repo, house.wish());
  expect(house.asked()).toBe(1);
  expect(isMarked(house)).toBe(false);
  expect(missing(house)).toBe(0);
  house.author.pull(1, house.commit({ 'a.tf': 'next' }, base));
  await house.git.fetch(repo, house.wish());
  expect(house.asked()).toBe(1);
});

/** Histories of two lines that grow, merge each other, rename and bring back: each step is a commit on one of them. */
const stories = fc.array(
  fc.record({
    on: fc.constantFrom<'main' | 'pull'>('main', 'pull'),
    act: fc.constantFrom('edit', 'rename', 'revert', 'merge', 'fetch', 'remove'),
    file: fc.integer({ min: 0, max: 3 }),
    line: fc.integer({ min: 0, max: 39 }),
  }),
  { minLength: 4, maxLength: 14 },
);

test('whatever the history: what is merged and laid out afterwards is the same as with all files, without a server', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(stories, async (steps) => {
      const house = await build();
      const plain = createLocalGit({ folder: path.join(house.root, 'plain'), blobless: false });
      const start: Files = Object.fromEntries([0, 1, 2, 3].map((at) => [`f${at}.tf`, lines(`f${at}`)]));
      const root = house.commit(start);
      const tips = { main: root, pull: root };
      const files: Record<'main' | 'pull', Record<string, string>> = {
        main: { ...(start as Record<string, string>) },
        pull: { ...(start as Record<string, string>) },
      };
      const older: Record<string, string>[] = [{ ...files.main }];
      const publish = () => {
        house.author.branch('main', tips.main);
        house.author.pull(1, tips.pull);
      };
      const fetch = async () => {
        publish();
        await house.git.fetch(repo, house.wish());
      };
      for (const { on, act, file, line } of steps) {
        if (act === 'fetch') {
          await fetch();
          continue;
        }
        const other = on === 'main' ? 'pull' : 'main';
        const now = { ...files[on] };
        const name = Object.keys(now)[file % Math.max(1, Object.keys(now).length)] ?? 'f0.tf';
        if (act === 'edit') now[name] = (now[name] ?? lines(name)).replace(`${line}\n`, `${line} ${on}\n`);
        if (act === 'rename') {
          now[`moved-${on}/${name.replaceAll('/', '-')}`] = now[name] ?? '';
          delete now[name];
        }
        if (act === 'remove') delete now[name];
        if (act === 'revert') Object.assign(now, older[line % older.length]);
        const parents = act === 'merge' ? [tips[on], tips[other]] : [tips[on]];
        older.push({ ...files[on] });
        files[on] = now;
        tips[on] = house.commit(now, ...parents);
      }
      await fetch();
      await plain.fetch(repo, house.wish());
      house.cut();
      const [ours, theirs] = [
        await mergedPicture(house, tips.main, tips.pull),
        await plain.mergeOf(repo.id, tips.main, tips.pull),
      ];
      if ('conflicts' in theirs) expect(ours).toEqual(theirs);
      else {
        const folder = house.place();
        await plain.checkout(repo.id, treeId(theirs.tree), folder, noRescue);
        expect(ours).toEqual(pictureOf(folder));
      }
      const head = house.place();
      await plain.checkout(repo.id, await plain.treeOf(repo.id, tips.pull), head, noRescue);
      expect(await layOut(house, tips.pull)).toEqual(pictureOf(head));
      await plain.settled();
      await house.close();
      houses.pop();
    }),
    { numRuns: 25 },
  );
});
