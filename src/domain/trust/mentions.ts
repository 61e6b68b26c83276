import type { RiskyBlock } from './code-facts.ts';
import { type Entry, folderOf, follow } from './links.ts';
import type { LookedTree } from './looked-tree.ts';

/** Where a project is, and all folders whose configuration it is made of. */
export interface ProjectPlace {
  /** The empty text is the root. */
  readonly dir: string;
  readonly folders: ReadonlySet<string>;
}

const mostTokens = 200;
const separators = /[\s"'`;|&()<>,=]+/;

/**
 * Ids of what a block that runs something may run or read in the tree: files that its texts name, with what lies beside them, for a script
 * calls others. A block that did not change runs another program when one of these changed. A program that is chosen by a
 * variable may be anything that the project's own folders say.
 */
export const mentionedBy = (
  tree: LookedTree,
  block: RiskyBlock,
  folder: string,
  place: ProjectPlace,
): ReadonlySet<string> => {
  const ids = new Set<string>();
  const known = block.texts.map((text) => inPlace(text, folder, place));
  const starts = [folder, place.dir, ...known.flatMap((text) => foldersNamed(tree, text, folder, place))];
  const tokens = [...new Set(known.flatMap((text) => [text, ...text.split(separators)]))].filter(
    (token) => token !== '' && token.length < 500,
  );
  for (const token of tokens.slice(0, mostTokens)) {
    const cut = token.indexOf('${');
    const path = cut < 0 ? token : token.slice(0, token.lastIndexOf('/', cut) + 1);
    if (path === '') continue;
    for (const start of new Set(starts)) for (const id of around(tree, start, path, place)) ids.add(id);
  }
  const isChosen =
    block.kind === 'program' && (tokens.length > mostTokens || known.some((text) => text.includes('${')));
  if (isChosen)
    for (const own of place.folders)
      for (const [path, { id, kind }] of directlyIn(tree, own))
        if (kind !== 'folder') ids.add(`${path}:${id}`);
  return ids;
};

/** A path from the root of the repository begins with a slash here, so that no start is put before it. */
const inPlace = (text: string, folder: string, { dir }: ProjectPlace): string =>
  text.replace(
    /\$\{\s*path\s*\.\s*(module|root|cwd)\s*\}/g,
    (_all, which) => `/${which === 'module' ? folder : dir}`,
  );

const foldersNamed = (
  tree: LookedTree,
  text: string,
  folder: string,
  { dir }: ProjectPlace,
): readonly string[] =>
  [folder, dir].flatMap((start) => {
    const there = resolve(tree, start, text);
    return there !== null && tree.entries.get(there)?.kind === 'folder' ? [there] : [];
  });

const resolve = (tree: LookedTree, start: string, path: string): string | null => {
  const there = path.startsWith('/') ? follow(tree, '', path.slice(1)) : follow(tree, start, path);
  return typeof there === 'string' ? null : there.path;
};

const around = (tree: LookedTree, start: string, path: string, place: ProjectPlace): readonly string[] => {
  const there = resolve(tree, start, path);
  const entry = there === null ? undefined : tree.entries.get(there);
  if (there === null || entry === undefined) return [];
  const home = entry.kind === 'folder' ? there : folderOf(there);
  // All of a folder of scripts; beside configuration only what is no configuration.
  if (home !== '' && !place.folders.has(home)) return [tree.entries.get(home)?.id ?? entry.id];
  const beside = directlyIn(tree, home).filter(
    ([name, { kind }]) => kind !== 'folder' && !isConfiguration(name),
  );
  return [
    `${there}:${entry.kind === 'folder' ? '' : entry.id}`,
    ...beside.map(([name, { id }]) => `${name}:${id}`),
  ];
};

const isConfiguration = (path: string): boolean =>
  /\.(?:tf|tf\.json|tfvars|tfvars\.json|tofu|hcl|md)$/.test(path);

// Rare enough that no index is kept for it.
const directlyIn = (tree: LookedTree, folder: string): readonly (readonly [string, Entry])[] =>
  [...tree.entries].filter(([path]) => folderOf(path) === folder);
