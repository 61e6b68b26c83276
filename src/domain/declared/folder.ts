import type { Argument, Block, FileOutline } from './outline.ts';

export interface FolderFile {
  /** Base name, as the folder has it. */
  readonly name: string;
  /** Where it really is in the repository, links followed. */
  readonly path: string;
  readonly outline: FileOutline;
}

/** A block and the file that it is in. */
export interface Declared {
  readonly file: FolderFile;
  readonly block: Block;
}

/** A block with what override files put over it, in their order. */
export interface Layers {
  readonly first: Declared;
  readonly over: readonly Declared[];
  /** False: an override file could not be read, and may say anything. */
  readonly sure: boolean;
}

/** Part of a block, or of a file of variables: what has a line of its own. */
export interface Part {
  readonly file: FolderFile;
  readonly line: number;
  readonly endLine: number;
  readonly digest: string;
  readonly argument: Argument | null;
}

/** https://developer.hashicorp.com/terraform/language/files/override */
export const isOverride = ({ name }: FolderFile): boolean =>
  /^(?:override|.+_override)\.(?:tf|tofu)(?:\.json)?$/.test(name);

const blocksIn = (
  files: readonly FolderFile[],
  type: string,
  labels: readonly string[],
): readonly Declared[] =>
  files.flatMap((file) =>
    file.outline.blocks
      .filter(
        (block) =>
          block.type === type &&
          block.labels.length === labels.length &&
          labels.every((label, index) => block.labels[index] === label),
      )
      .map((block) => ({ file, block })),
  );

type Found = Layers | 'none' | null;

const inOrder = (files: readonly FolderFile[]) => ({
  own: files.filter((file) => !isOverride(file)),
  overriding: files.filter(isOverride).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

const isRead = ({ outline }: FolderFile): boolean => outline.error === null;

const layered = (
  { own, overriding }: ReturnType<typeof inOrder>,
  [first, ...others]: readonly Declared[],
  over: readonly Declared[],
): Found => {
  if (first === undefined) return own.every(isRead) ? 'none' : null;
  return others.length > 0 ? null : { first, over, sure: overriding.every(isRead) };
};

/** The one block of that header. `none`: there is none for sure. Null: nobody knows. */
export const declared = (files: readonly FolderFile[], type: string, labels: readonly string[]): Found => {
  const ordered = inOrder(files);
  return layered(ordered, blocksIn(ordered.own, type, labels), blocksIn(ordered.overriding, type, labels));
};

/** A folder that is asked about many blocks. */
export interface Lookup {
  /** The one block of that header, as `declared` has it. */
  declared(type: string, labels: readonly string[]): Found;
  /** Every block of that header, override files last. */
  all(type: string, labels: readonly string[]): readonly Declared[];
  /** Labels of all blocks of a type, each once. */
  labelsOf(type: string): readonly (readonly string[])[];
}

export const lookup = (files: readonly FolderFile[]): Lookup => {
  const ordered = inOrder(files);
  const keyOf = (type: string, labels: readonly string[]): string => JSON.stringify([type, ...labels]);
  const indexed = (some: readonly FolderFile[]) =>
    Map.groupBy(
      some.flatMap((file) => file.outline.blocks.map((block) => ({ file, block }))),
      ({ block }) => keyOf(block.type, block.labels),
    );
  const [own, over] = [indexed(ordered.own), indexed(ordered.overriding)];
  return {
    declared: (type, labels) => {
      const key = keyOf(type, labels);
      return layered(ordered, own.get(key) ?? [], over.get(key) ?? []);
    },
    all: (type, labels) => {
      const key = keyOf(type, labels);
      return [...(own.get(key) ?? []), ...(over.get(key) ?? [])];
    },
    labelsOf: (type) =>
      [...own.values()].flatMap(([first]) => (first?.block.type === type ? [first.block.labels] : [])),
  };
};

/** All blocks of a type that has no labels. */
export const unlabelled = (files: readonly FolderFile[], type: string): readonly Declared[] =>
  blocksIn(files, type, []);

const argumentPart = (file: FolderFile, argument: Argument): Part => ({ file, ...argument, argument });

const inBlock = (
  file: FolderFile,
  block: Block,
  steps: readonly (string | number)[],
): Part | 'none' | null => {
  const [name, ...rest] = steps;
  if (typeof name !== 'string') return null;
  const [argument, ...more] = block.arguments.filter((one) => one.name === name);
  const nested = block.blocks.flatMap((one) => {
    if (one.type === name) return [one];
    if (one.type !== 'dynamic' || one.labels[0] !== name) return [];
    return one.blocks.filter(({ type }) => type === 'content');
  });
  if (argument !== undefined)
    return more.length === 0 && nested.length === 0 ? argumentPart(file, argument) : null;
  const [only, ...others] = nested;
  if (only === undefined) return 'none';
  // Which of several is meant the plan does not say: sets of blocks have no order.
  if (others.length > 0) return null;
  const inner = typeof rest[0] === 'number' ? rest.slice(1) : rest;
  if (inner.length === 0) return { file, ...only, argument: null };
  const found = inBlock(file, only, inner);
  return found === 'none' ? null : found;
};

/** Where this path of a block's arguments stands, as the last file that has it says. Null: nowhere, or nobody knows. */
export const partOf = ({ first, over, sure }: Layers, steps: readonly (string | number)[]): Part | null => {
  if (!sure) return null;
  for (const { file, block } of [first, ...over].toReversed()) {
    const found = inBlock(file, block, steps);
    if (found !== 'none') return found;
  }
  return null;
};

/** What files of variables give, the last one that does. Null: nobody knows. */
export const givenIn = (files: readonly FolderFile[], name: string): Part | 'none' | null => {
  for (const file of files.toReversed()) {
    const [argument, ...more] = file.outline.arguments.filter((one) => one.name === name);
    if (file.outline.error !== null || more.length > 0) return null;
    if (argument !== undefined) return argumentPart(file, argument);
  }
  return 'none';
};
