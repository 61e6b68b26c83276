import type { Finding } from './finding.ts';
import { folderOf, follow, type LinkedTree, nameOf } from './links.ts';
import { finding, isChanged, type Trees } from './looked-tree.ts';

/** Files that a tool would believe: where it takes providers, credentials, programs from. */
const settingsNames = new Set([
  '.terraformrc',
  'terraform.rc',
  '.tofurc',
  'tofu.rc',
  '.netrc',
  '_netrc',
  '.gitconfig',
  '.lfsconfig',
]);
const settingsFolders = /(^|\/)(\.terraform|\.terraform\.d)\//;
/** githooks(5). */
const hookNames =
  /^(?:(?:applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-checkout|post-merge|pre-push|pre-receive|update|proc-receive|post-receive|post-update|reference-transaction|push-to-checkout|pre-auto-gc|post-rewrite|sendemail-validate|fsmonitor-watchman|post-index-change)(?:\.\w+)?)$/;
const hookFolders = /(^|\/)(\.githooks|\.husky|githooks|hooks)$/;

/** What lies in the tree, whatever project is planned: a tool or git may stumble over it. */
export const treeFindings = (trees: Trees): readonly Finding[] => [
  ...linkFindings(trees),
  ...[...trees.changed.values()].flat().flatMap((path): readonly Finding[] => {
    const kind = trees.head.entries.get(path)?.kind;
    const name = nameOf(path);
    if (kind === 'submodule') return [finding('submodule', path, null, path)];
    if (kind === 'folder')
      return isRepository(trees, path) ? [finding('hook', path, null, 'a repository')] : [];
    if (path === '.gitmodules') return [finding('submodule', path, null, path)];
    if (name === '.gitattributes') return attributeFindings(trees, path);
    if (settingsNames.has(name.toLowerCase()) || settingsFolders.test(path))
      return [finding('tool_settings', path, null, name)];
    if (hookFolders.test(folderOf(path)) && hookNames.test(name)) return [finding('hook', path, null, name)];
    return [];
  }),
];

/** A link of the base branch may lead elsewhere now, through another one. */
const linkFindings = ({ base, head }: Trees): readonly Finding[] =>
  [...head.entries].flatMap(([path, { kind, id }]) => {
    if (kind !== 'link' || !leaves(head, path)) return [];
    const before = base.entries.get(path);
    if (before?.kind === 'link' && before.id === id && leaves(base, path)) return [];
    return [finding('link', path, null, head.links.get(path) ?? 'somewhere')];
  });

const leaves = (tree: LinkedTree, path: string): boolean => follow(tree, '', path) === 'outside';

/** Laid out like a bare repository: git would take it for one, and its configuration for its own. */
const isRepository = (trees: Trees, path: string): boolean =>
  ['HEAD', 'objects', 'refs'].every((name) => trees.head.entries.has(`${path}/${name}`)) &&
  ['HEAD', 'config', 'hooks', 'objects', 'refs'].some((name) => isChanged(trees, `${path}/${name}`));

/** Only a filter, LFS among them, makes other bytes of a file than people review. */
const attributeFindings = ({ base, head }: Trees, path: string): readonly Finding[] => {
  const text = head.attributes.get(path);
  if (text === undefined || text === null)
    return [finding('git_attributes', path, null, 'a file that is too large')];
  const before = new Set((base.attributes.get(path) ?? '').split('\n').map((line) => line.trim()));
  return text.split('\n').flatMap((written, index) => {
    const line = written.trim();
    const isFilter = /(^|\s)-?!?(filter|diff|merge)(=|\s|$)/.test(line) && !line.startsWith('#');
    return isFilter && !before.has(line) ? [finding('git_attributes', path, index + 1, line)] : [];
  });
};
