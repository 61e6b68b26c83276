import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeId } from '../../src/domain/ids.ts';
import { digestInputs, type InputEntry, inputObjects } from '../../src/domain/inputs.ts';
import type { Project } from '../../src/domain/project.ts';
import { type RepoPath, repoPath, root } from '../../src/domain/repo-path.ts';
import { sampleProject } from '../support/samples.ts';

const id = (digit: string) => digit.repeat(40);
const tree = treeId(id('f'));
const entries: readonly InputEntry[] = [
  { path: 'database', kind: 'folder', id: id('1') },
  { path: 'database/main.tf', kind: 'file', id: id('2') },
  { path: 'modules', kind: 'folder', id: id('3') },
  { path: 'modules/label', kind: 'folder', id: id('4') },
  { path: 'network', kind: 'folder', id: id('5') },
  { path: 'network/main.tf', kind: 'file', id: id('6') },
  { path: 'vars/prod.tfvars', kind: 'file', id: id('7') },
];
const network = sampleProject('network', { settings: { varFiles: ['../vars/prod.tfvars'] } });

const digest = (
  more: {
    entries?: readonly InputEntry[];
    project?: Project;
    folders?: readonly RepoPath[] | null;
    tool?: string;
    watches?: (path: string) => boolean;
    tree?: typeof tree;
    laidOut?: typeof tree;
  } = {},
) => {
  const project = more.project ?? network;
  const objects = inputObjects({
    tree: more.tree ?? tree,
    laidOut: more.laidOut ?? more.tree ?? tree,
    entries: more.entries ?? entries,
    project,
    folders: more.folders === undefined ? [repoPath('network'), repoPath('modules/label')] : more.folders,
    watches: more.watches ?? (() => false),
  });
  return digestInputs(objects, project, more.tool ?? '1.11.4');
};

const changed = (path: string): readonly InputEntry[] =>
  entries.map((entry) => (entry.path === path ? { ...entry, id: id('e') } : entry));

const otherTree = treeId(id('0'));

describe('the inputs digest', () => {
  it.each(['network', 'modules/label', 'vars/prod.tfvars'])('changes with %s', (path) => {
    expect(digest({ entries: changed(path) })).not.toBe(digest());
  });

  it.each(['database', 'database/main.tf', 'modules'])('does not change with %s', (path) => {
    expect(digest({ entries: changed(path), tree: otherTree })).toBe(digest());
  });

  it('changes with a path that the project watches', () => {
    const watches = (path: string) => path === 'database/main.tf';
    expect(digest({ entries: changed('database/main.tf'), watches })).not.toBe(digest({ watches }));
  });

  it('changes with the tool and with every setting of the project', () => {
    const settings: readonly Partial<Project['settings']>[] = [
      { runner: 'tofu' },
      { version: '1.2.3' },
      { varFiles: [] },
      { backendFiles: ['b.hcl'] },
      { env: { A: 'b' } },
      { reads: [[]] },
      { reads: [['modules']] },
      { workflow: { name: 'w', plan: ['init', ['lint']], apply: null } },
      { workflow: { name: 'w', plan: ['init', ['lint', 'more']], apply: null } },
      { workflow: { name: 'w', plan: null, apply: ['init', ['lint']] } },
    ];
    const others = settings.map((some) =>
      digest({ project: { ...network, settings: { ...network.settings, ...some } } }),
    );
    const all = [
      digest(),
      digest({ tool: '1.11.5' }),
      digest({ project: sampleProject('network', { workspace: 'prod' }) }),
      ...others,
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not change with the order of entries or of variables', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...entries], { minLength: entries.length }), (shuffled) => {
        expect(digest({ entries: shuffled })).toBe(digest());
      }),
    );
    const env = (vars: Record<string, string>) =>
      digest({ project: { ...network, settings: { ...network.settings, env: vars } } });
    expect(env({ A: '1', B: '2' })).toBe(env({ B: '2', A: '1' }));
  });

  it('does not change with what is not laid out, but with what is watched', () => {
    const laidOut = treeId(id('a'));
    const part = { folders: null, laidOut };
    expect(digest({ ...part, tree: otherTree, entries: changed('database/main.tf') })).toBe(digest(part));
    expect(digest({ ...part, laidOut: treeId(id('b')) })).not.toBe(digest(part));
    const watches = (path: string) => path === 'database/main.tf';
    expect(digest({ ...part, watches, entries: changed('database/main.tf') })).not.toBe(
      digest({ ...part, watches }),
    );
    expect(digest({ ...part, entries: changed('vars/prod.tfvars') })).not.toBe(digest(part));
  });

  it.each([
    ['the closure is not sure', { folders: null }],
    ['the project is the root', { folders: [root] }],
    [
      'a link is inside it',
      { entries: [...entries, { path: 'network/link', kind: 'link' as const, id: id('9') }] },
    ],
  ])('is the whole tree where %s', (_why, more) => {
    expect(digest({ ...more, tree: otherTree })).not.toBe(digest(more));
  });
});
