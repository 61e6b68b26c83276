import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FolderFacts,
  type Links,
  lentFolders,
  type ModuleFacts,
  moduleGraph,
} from '../../src/domain/modules.ts';
import { type RepoPath, repoPath } from '../../src/domain/repo-path.ts';

const plain: ModuleFacts = {
  moduleSources: [],
  hasOpenSource: false,
  backend: null,
  hasProvider: false,
  selfContained: true,
  error: null,
};
const facts = (folders: Readonly<Record<string, Partial<ModuleFacts>>>): FolderFacts =>
  new Map(Object.entries(folders).map(([name, file]) => [repoPath(name), [{ ...plain, ...file }]]));
const calls = (...moduleSources: readonly string[]) => ({ moduleSources });

const closureOf = (folders: FolderFacts, folder: RepoPath, links?: Links) =>
  moduleGraph(folders, links).closure(folder);

describe('the closure of a folder', () => {
  test('follows local modules, transitively and in circles', () => {
    const folders = facts({
      'live/a': calls('../../modules/x', 'hashicorp/consul/aws', './sub/'),
      'modules/x': calls('../y'),
      'modules/y': calls('../x'),
      'modules/z': calls('../x'),
    });
    expect(closureOf(folders, repoPath('live/a'))).toEqual({
      folders: ['live/a/sub', 'modules/x', 'modules/y'],
      sure: true,
      because: null,
      isOpen: false,
    });
  });

  test('reaches the root of the repository, and starts there', () => {
    expect(closureOf(facts({ a: calls('../') }), repoPath('a')).folders).toEqual(['.']);
    expect(closureOf(facts({ '.': calls('./m') }), repoPath('.')).folders).toEqual(['m']);
  });

  test.each([
    ['out of the repository', calls('../../x'), 'outside the repository'],
    ['an absolute path', calls('/srv/x'), 'absolute path'],
    ['a name no project may have', calls('./.git/x'), 'outside the repository'],
    ['an expression', { selfContained: false }, 'may read files outside'],
    ['an expression for a source', { hasOpenSource: true }, 'is an expression that is not known'],
    ['a file that does not parse', { error: 'x' }, 'does not parse'],
  ])('is not sure: %s', (_what, file, because) => {
    const inModule = closureOf(facts({ live: calls('../m'), m: file }), repoPath('live'));
    expect(inModule.sure).toBe(false);
    expect(inModule.because).toContain(because);
    expect(inModule.folders).toContain('m');
  });

  test('holds every folder that can be reached, and only those', () => {
    const names = ['a', 'b', 'c/d', 'e'];
    const edges = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 10 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const up = (from: string) => '../'.repeat(from.split('/').length);
        const folders = facts(
          Object.fromEntries(
            names.map((name, at) => [
              name,
              calls(...pairs.filter(([from]) => from === at).map(([, to]) => `${up(name)}${names[to]}`)),
            ]),
          ),
        );
        const reached = new Set([0]);
        for (const _ of names) for (const [from, to] of pairs) if (reached.has(from)) reached.add(to);
        reached.delete(0);
        const expected = [...reached].map((at) => names[at] ?? '').sort();
        expect(closureOf(folders, repoPath('a'))).toEqual({
          folders: expected,
          sure: true,
          because: null,
          isOpen: false,
        });
      }),
    );
  });
});

describe('through links', () => {
  const live = repoPath('live');
  const through = (links: Readonly<Record<string, string | null>>, source: string) =>
    closureOf(
      facts({ live: calls(source), 'lib/net': calls('../log'), 'lib/log': {} }),
      live,
      new Map(Object.entries(links).map(([at, to]) => [at, to === null ? null : repoPath(to)])),
    );

  test('a module is what the link leads to, and so are its own', () => {
    expect(through({ 'modules/net': 'lib/net' }, '../modules/net')).toEqual({
      folders: ['lib/log', 'lib/net', 'modules/net'],
      sure: true,
      because: null,
      isOpen: false,
    });
    expect(through({ modules: 'lib' }, '../modules/net').folders).toEqual(['lib/log', 'lib/net', 'modules']);
  });

  test('what a link in the folder leads to belongs to it', () => {
    expect(through({ 'live/versions.tf': 'shared/versions.tf' }, './').folders).toEqual([
      'shared/versions.tf',
    ]);
    expect(through({ 'live/templates': 'files', 'files/common': 'common' }, './').folders).toEqual([
      'common',
      'files',
    ]);
  });

  test('one that leads nowhere, and a way up behind one, make it unsure', () => {
    expect(through({ 'modules/net': null }, '../modules/net').sure).toBe(false);
    expect(through({ 'live/x': null }, './').sure).toBe(false);
    expect(through({ elsewhere: 'lib' }, './x/../../lib/net').sure).toBe(false);
    expect(through({}, './x/../../lib/net').sure).toBe(true);
  });

  test('what is called through a link is no project of its own', () => {
    const folders = facts({ live: calls('../modules/net'), 'lib/net': {} });
    expect(moduleGraph(folders).roots).toEqual(['lib/net', 'live']);
    expect(moduleGraph(folders, new Map([['modules/net', repoPath('lib/net')]])).roots).toEqual(['live']);
  });
});

describe('folders whose files others have by links', () => {
  const files = new Map([
    [repoPath('shared'), ['shared/provider.tf', 'shared/versions.tf']],
    [repoPath('live'), ['live/main.tf', 'live/provider.tf']],
  ]);
  const [provider, versions] = [repoPath('shared/provider.tf'), repoPath('shared/versions.tf')];
  const lent = (...links: readonly (readonly [string, RepoPath])[]) => [
    ...lentFolders(files, new Map(links)),
  ];

  test('are those where that is all they are for', () => {
    expect(lent(['live/provider.tf', provider], ['live/versions.tf', versions])).toEqual(['shared']);
    expect(lent(['live/provider.tf', provider])).toEqual([]);
    expect(lent(['live/provider.tf', provider], ['examples/x/versions.tf', versions])).toEqual([]);
  });

  test('are no projects, until somebody gives them a state of their own', () => {
    const folders = { live: {}, shared: { hasProvider: true } };
    const roots = (of: Parameters<typeof facts>[0]) =>
      moduleGraph(facts(of), new Map(), new Set([repoPath('shared')])).roots;
    expect(roots(folders)).toEqual(['live']);
    expect(roots({ ...folders, shared: { backend: 's3' } })).toEqual(['live', 'shared']);
  });
});

describe('which folders are projects', () => {
  test.each([
    ['a plain folder', { live: {} }, ['live']],
    ['the root', { '.': {} }, ['.']],
    ['a module that is called', { live: calls('../m'), m: {} }, ['live']],
    ['a module that nobody calls yet', { 'modules/m': {} }, []],
    ['a folder in `modules` with a provider', { 'modules/m': { hasProvider: true } }, ['modules/m']],
    ['a called module with a provider', { live: calls('../m'), m: { hasProvider: true } }, ['live']],
    ['a called folder with a backend', { live: calls('../m'), m: { backend: 's3' } }, ['live', 'm']],
    ['an example', { 'examples/x': { hasProvider: true } }, []],
    ['a test', { 'x/tests/y': {} }, []],
    ['an example with a state of its own', { 'examples/x': { backend: 'cloud' } }, ['examples/x']],
    ['a hidden folder', { 'a/.terraform/modules/x': { backend: 's3' }, '.github': {} }, []],
    ['a folder that calls itself', { live: calls('./') }, ['live']],
    ['a folder that does not parse', { live: { error: 'x' } }, ['live']],
  ])('%s', (_what, folders, expected) => {
    expect(moduleGraph(facts(folders)).roots).toEqual(expected);
  });
});
