import { type RepoPath, root } from '../repo-path.ts';
import type { Configuration } from './chain.ts';
import {
  type Declared,
  declared,
  type FolderFile,
  givenIn,
  type Layers,
  type Part,
  partOf,
  unlabelled,
} from './folder.ts';
import type { FileOutline } from './outline.ts';
import type { Place } from './place.ts';

/** How a line is found, so that it can be found again in another state of the same file. */
export interface Spot {
  readonly on: Place['on'];
  /** The folder that it is in, links not followed; null for a file of variables. */
  readonly folder: RepoPath | null;
  /** The block; null for a file of variables. */
  readonly block: Declared | null;
  /** The way from the block to the argument; empty for the block itself. */
  readonly steps: readonly (string | number)[];
  readonly part: Part;
}

export const blockSpot = (folder: RepoPath, block: Declared, on: Place['on'] = 'block'): Spot => ({
  on,
  folder,
  block,
  steps: [],
  part: { file: block.file, ...block.block, argument: null },
});

export const argumentSpot = (
  folder: RepoPath,
  layers: Layers,
  steps: readonly (string | number)[],
): Spot | null => {
  const part = partOf(layers, steps);
  if (part === null) return null;
  const block = [layers.first, ...layers.over].find(({ file }) => file === part.file) ?? layers.first;
  return { on: 'argument', folder, block, steps, part };
};

/** `local.NAME`, wherever in the folder it is said. */
export const localSpot = (folder: RepoPath, files: readonly FolderFile[], name: string): Spot | null => {
  const found = unlabelled(files, 'locals').flatMap(({ file, block }) =>
    block.arguments
      .filter((one) => one.name === name)
      .map((argument) => ({ block: { file, block }, part: { file, ...argument, argument } })),
  );
  const [only, ...others] = found;
  // An override file may say it once more.
  if (only === undefined || others.length > 0 || files.some(({ outline }) => outline.error !== null))
    return null;
  return { on: 'argument', folder, steps: [name], ...only };
};

/** What a file gives a variable of the root. `none`: its default counts. */
export const variableSpot = ({ variables, mayBeSet }: Configuration, name: string): Spot | 'none' | null => {
  const part = variables === null ? null : givenIn(variables, name);
  if (part === 'none') return mayBeSet(name) ? null : 'none';
  return part === null ? null : { on: 'argument', folder: null, block: null, steps: [name], part };
};

/** The same in another tree; `none`: it is not there. Null: nobody can tell. */
const twinOf = (spot: Spot, other: Configuration): Part | 'none' | null => {
  const { folder, block, steps } = spot;
  if (folder === null || block === null) {
    return other.variables === null ? null : givenIn(other.variables, String(steps[0]));
  }
  const files = other.folders.get(folder);
  if (files === undefined || files.some(({ outline }) => outline.error !== null)) return null;
  const { type, labels } = block.block;
  if (type === 'locals') return localSpot(folder, files, String(steps[0]))?.part ?? 'none';
  const layers = declared(files, type, labels);
  if (layers === null || layers === 'none') return layers;
  return steps.length === 0
    ? { file: layers.first.file, ...layers.first.block, argument: null }
    : (partOf(layers, steps) ?? 'none');
};

/** Does the pull request bring what stands there? Where nobody can tell it is taken for no. */
export const isChanged = (spot: Spot, base: Configuration): boolean => {
  const twin = twinOf(spot, base);
  return twin !== null && (twin === 'none' || twin.digest !== spot.part.digest);
};

export type Lines = Pick<Place, 'line' | 'endLine' | 'on' | 'argument'>;

const linesOf = ({ line, endLine, argument }: Part, on: Place['on']): Lines => ({
  line,
  endLine,
  on,
  argument: argument?.name ?? null,
});

/**
 * On which lines it stands. In another state of its file: those of the same there, of its block where it has no such argument yet; null
 * where that is not sure.
 *
 * @param other that state; null for the one it was found in
 */
export const linesIn = (spot: Spot, other: FileOutline | null): Lines | null => {
  const { block, steps, part, on } = spot;
  if (other === null) return linesOf(part, on);
  const file: FolderFile = { ...part.file, outline: other };
  const { type, labels, digest } = block?.block ?? { type: null, labels: [], digest: '' };
  if (type === null || type === 'locals') {
    const name = String(steps[0]);
    const found = type === null ? givenIn([file], name) : (localSpot(root, [file], name)?.part ?? null);
    return found === null || found === 'none' ? null : linesOf(found, on);
  }
  const [only, ...others] = other.blocks.filter(
    (one) =>
      one.type === type &&
      one.labels.length === labels.length &&
      labels.every((label, index) => label === one.labels[index]) &&
      (labels.length > 0 || one.digest === digest),
  );
  if (only === undefined || others.length > 0) return null;
  const header = { file, ...only, argument: null };
  if (steps.length === 0) return linesOf(header, on);
  const found = partOf({ first: { file, block: only }, over: [], sure: true }, steps);
  // Such a line is only in the merge. An argument of a call that is not there says nothing of the resource.
  if (found === null) return type === 'resource' ? linesOf(header, 'block') : null;
  return linesOf(found, on);
};
