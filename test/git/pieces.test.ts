import { createHash } from 'node:crypto';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/domain/problem.ts';
import { createBatchParser } from '../../src/git/local/batch-parser.ts';
import { isBranchName } from '../../src/git/local/branch-name.ts';
import { planCleaning } from '../../src/git/local/cleaning.ts';
import { createLocalGit } from '../../src/git/local/git.ts';
import type { ListedEntry } from '../../src/git/local/listing.ts';
import { createTurns } from '../../src/git/local/turns.ts';
import { gitProgram, releaseWithoutHoles, requireGitVersion } from '../../src/git/local/version.ts';
import type { Found } from '../../src/git/local/walk.ts';
import { standardPath } from '../../src/programs/search-path.ts';
import { temporaryFolder } from '../support/leftovers.ts';

test('every name that we let through is one that git lets through', { tags: ['long'] }, async () => {
  const unit = fc.constantFrom(
    ...'aZ9-_./@{}~^:?*[]\\ \t\n+,;\'"$()ü日\u007f\u0001'.split(''),
    '.lock',
    '..',
    '@{',
    '//',
  );
  const names = fc.sample(fc.string({ unit, minLength: 1, maxLength: 8 }), 120);
  for (const name of names) {
    const git = await execa('git', ['check-ref-format', `refs/heads/${name}`], { reject: false });
    // Git takes a branch called `@` as a ref; as a name in every other command it means HEAD.
    expect([name, isBranchName(name)]).toEqual([name, git.exitCode === 0 && name !== '@']);
  }
});

test('the batch parser reads the same whatever the chunks are', () => {
  const object = fc.record({
    body: fc.uint8Array({ maxLength: 40 }),
    type: fc.constantFrom('blob', 'tree', 'missing'),
  });
  fc.assert(
    fc.property(
      fc.array(object),
      fc.array(fc.nat(30)),
      fc.nat(30),
      fc.nat(200),
      (objects, cuts, limit, total) => {
        let kept = 0;
        const expected = new Map<string, Buffer>();
        const parts: Buffer[] = [];
        objects.forEach(({ body, type }, index) => {
          const id = createHash('sha1').update(String(index)).digest('hex');
          if (type === 'missing') parts.push(Buffer.from(`${id} missing\n`));
          else
            parts.push(Buffer.from(`${id} ${type} ${body.length}\n`), Buffer.from(body), Buffer.from('\n'));
          if (type !== 'blob' || body.length > limit || kept + body.length > total) return;
          kept += body.length;
          expected.set(id, Buffer.from(body));
        });
        let stream = Buffer.concat(parts);
        const parser = createBatchParser(limit, total);
        for (const cut of cuts) {
          parser.push(stream.subarray(0, cut));
          stream = stream.subarray(cut);
        }
        parser.push(stream);
        expect(parser.blobs).toEqual(expected);
      },
    ),
  );
});

test('cleaning removes exactly what is not in the tree, and finds each state file that it may touch', () => {
  const name = fc.constantFrom('a', 'b', 'c.tfstate', 'd');
  const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const kind = fc.constantFrom<Found['kind']>('file', 'link');
  /** Leaves with the folders above them; a leaf is never a folder of another. */
  const layout = fc.dictionary(place, kind).map((leaves) => {
    const all = new Map<string, Found['kind']>();
    for (const [path, leaf] of Object.entries(leaves)) {
      const names = path.split('/');
      const above = names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
      if (above.some((folder) => (all.get(folder) ?? 'folder') !== 'folder') || all.has(path)) continue;
      for (const folder of above) all.set(folder, 'folder');
      all.set(path, leaf);
    }
    return all;
  });
  fc.assert(
    fc.property(layout, layout, (wanted, there) => {
      const listing = new Map<string, ListedEntry>();
      for (const [path, kindOf] of wanted) {
        if (kindOf !== 'other') listing.set(path, { path, kind: kindOf, id: '' });
      }
      const found = [...there].map(([path, kindOf]) => ({ path, kind: kindOf }));
      found.sort((a, b) => (a.path < b.path ? -1 : 1));
      const { remove, states } = planCleaning(listing, found);
      const isRemoved = (path: string) => remove.some((top) => path === top || path.startsWith(`${top}/`));
      for (const { path, kind: kindOf } of found) expect(isRemoved(path)).toBe(wanted.get(path) !== kindOf);
      expect(states).toEqual(
        found.filter((one) => one.kind === 'file' && one.path.endsWith('.tfstate')).map((one) => one.path),
      );
    }),
  );
});

test('turns: one after the other for a key, failures included; side by side otherwise', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns('a', async () => {
    await gate.promise;
    log.push('first');
    throw new Error('failed');
  });
  const second = turns('a', async () => log.push('second'));
  await turns('b', async () => log.push('other'));
  gate.resolve();
  await expect(first).rejects.toThrow('failed');
  await second;
  expect(log).toEqual(['other', 'first', 'second']);
});

test('an old git is refused with what to do', async () => {
  expect((await gitProgram('/usr/bin/git', standardPath)).version).toMatch(/^\d+\.\d+/);
  expect(requireGitVersion('git version 2.38.0')).toBe('2.38.0');
  expect(requireGitVersion('git version 3.0.1 (Apple Git-154)')).toBe('3.0.1');
  for (const printed of ['git version 2.37.9', 'git version 1.99', '', 'git']) {
    expect(() => requireGitVersion(printed)).toThrow(UserError);
  }
  await expect(gitProgram(null, standardPath)).rejects.toMatchObject({ problem: { code: 'tool-missing' } });
  const folder = temporaryFolder();
  expect(() => createLocalGit({ folder, git: { file: '/usr/bin/git', version: '2.30.2' } })).toThrow(/2\.38/);
  expect(() => createLocalGit({ folder: 'relative' })).toThrow(TypeError);
});

test.each([
  ['2.38.0', '2.43.7'],
  ['2.39.5', '2.43.7'],
  ['2.43.6', '2.43.7'],
  ['2.43.7', null],
  ['2.45.3.windows.1', '2.45.4'],
  ['2.47.3', null],
  ['2.50.0', '2.50.1'],
  ['2.50.0-rc1', '2.50.1'],
  ['2.51.0', null],
  ['3.0.1', null],
])('git %s should be at least %j', (version, wanted) => {
  expect(releaseWithoutHoles(version)).toBe(wanted);
});
