import type { FolderFile } from '../declared/folder.ts';
import type { Block } from '../declared/outline.ts';
import type { ModuleFacts } from '../modules.ts';
import type { BackendUse, CodeFacts, ModuleUse } from '../trust/code-facts.ts';
import { digestOf } from '../trust/digest.ts';
import { isJson } from './definitions.ts';
import { mayBeAnyFile, unknowable } from './result.ts';
import type { CallOutcome, EarlyWalk } from './walk.ts';

/** Longer ones are nobody's. */
const longestSource = 1_000;

/** The same text for the same feeds. Where any file may be one of them, for the same tree alone. */
const feedsText = (feeds: ReadonlySet<string>, tree: string): string =>
  digestOf(mayBeAnyFile(feeds) ? ['tree', tree] : [...feeds].sort());

interface SettledUse {
  readonly use: ModuleUse;
  /** Is at least known which module it is, in whatever version? */
  readonly knowsSource: boolean;
}

const useOf = (use: ModuleUse, { source, version }: CallOutcome, tree: string): SettledUse => {
  const text = source.known?.value;
  const number = version === null ? null : version.known?.value;
  const knowsSource = typeof text === 'string' && text.length <= longestSource;
  if (knowsSource && (number === null || typeof number === 'string'))
    return { use: { ...use, source: text, version: number, isPlain: true }, knowsSource };
  const feeds = [source, ...(version === null ? [] : [version])].map((one) => feedsText(one.feeds, tree));
  return {
    use: { ...use, ...(knowsSource ? { source: text } : {}), isPlain: false, feeds: feeds.join(' ') },
    knowsSource,
  };
};

/** The module call as it comes out each time that its folder is used, each different one once. */
const usesOf = (use: ModuleUse, outcomes: readonly CallOutcome[], tree: string): readonly SettledUse[] => {
  if (use.isPlain) return [{ use, knowsSource: true }];
  // Nothing that is understood leads there, and something may all the same.
  if (outcomes.length === 0)
    return [{ use: { ...use, feeds: feedsText(unknowable.feeds, tree) }, knowsSource: false }];
  const all = outcomes.map((outcome) => useOf(use, outcome, tree));
  return [...new Map(all.map((one) => [JSON.stringify(one.use), one])).values()];
};

/** Blocks of this kind in the settings of a file: a backend by its type. */
const settingsIn = ({ outline }: FolderFile, kind: 'backend' | 'cloud' | 'encryption', type: string) =>
  outline.blocks
    .filter((block) => block.type === 'terraform')
    .flatMap(({ blocks }) => blocks)
    .flatMap((block): readonly Block[] => {
      if (block.type !== kind) return [];
      if (kind !== 'backend') return [block];
      if (block.labels.length > 0) return block.labels[0] === type ? [block] : [];
      // In JSON syntax the type is a key.
      return block.blocks.filter((inner) => inner.type === type);
    });

const settledUses = (
  uses: readonly BackendUse[],
  file: FolderFile | undefined,
  walk: EarlyWalk,
  tree: string,
  kindOf: (use: BackendUse) => 'backend' | 'cloud' | 'encryption',
): readonly BackendUse[] =>
  uses.map((use) => {
    if (use.isPlain) return use;
    const blocks = file === undefined ? [] : settingsIn(file, kindOf(use), use.type);
    const [only, ...others] = blocks;
    if (only === undefined || others.length > 0 || file === undefined)
      return { ...use, digest: digestOf([use.digest, tree]) };
    const { body, feeds } = walk.settings(only, isJson(file));
    return body === null
      ? { ...use, digest: digestOf([use.digest, feedsText(feeds, tree)]) }
      : { ...use, digest: digestOf(body), isPlain: true };
  });

/** What a project is told of one file, where expressions of it are evaluated before its tool starts. */
interface EarlyFile {
  readonly folder: string;
  /** Is the folder the project's own? Settings count there alone. */
  readonly isRoot: boolean;
  /** Undefined: it was not read. */
  readonly file: FolderFile | undefined;
  readonly walk: EarlyWalk;
  /** Id of the tree. */
  readonly tree: string;
}

/** The facts of a file with the values of such expressions in their place, as far as they are known. */
export const withValues = <T extends ModuleFacts & { readonly code: CodeFacts }>(
  facts: T,
  { folder, isRoot, file, walk, tree }: EarlyFile,
): T => {
  const { code } = facts;
  const settledModules = code.modules.flatMap((use) => usesOf(use, walk.outcomes(folder, use.name), tree));
  const known = settledModules.filter(({ knowsSource }) => knowsSource).map(({ use }) => use.source);
  const settled = (uses: readonly BackendUse[], kindOf: Parameters<typeof settledUses>[4]) =>
    isRoot ? settledUses(uses, file, walk, tree, kindOf) : uses;
  return {
    ...facts,
    moduleSources: [...new Set([...facts.moduleSources, ...known])],
    hasOpenSource: settledModules.some(({ knowsSource }) => !knowsSource),
    code: {
      ...code,
      modules: settledModules.map(({ use }) => use),
      backends: settled(code.backends, ({ type }) => (type === 'cloud' ? 'cloud' : 'backend')),
      encryptions: settled(code.encryptions, () => 'encryption'),
    },
  };
};
