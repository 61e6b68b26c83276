import { UserError } from '../../domain/problem.ts';
import { type BytePath, type ListedEntry, type Listing, toText } from './listing.ts';
import { looksLikeState } from './state-file.ts';
import type { Found } from './walk.ts';

export interface Cleaning {
  /** What must go before the tree can be written, topmost paths only. */
  readonly remove: readonly BytePath[];
  /** Files that look like state and may be removed or overwritten. */
  readonly states: readonly BytePath[];
  /** Is everything of the tree there, each thing as what it should be? Says nothing of contents. */
  readonly complete: boolean;
}

const fits = (wanted: ListedEntry['kind'] | undefined, found: Found['kind']): boolean =>
  wanted === 'submodule' ? found === 'folder' : wanted === found;

/**
 * What stands in the way of a tree. A folder that became a link, or a link a folder, goes as a
 * whole, so that nothing is ever written or removed through a link.
 * @param found each folder before what is in it
 */
export const planCleaning = (wanted: Listing, found: readonly Found[]): Cleaning => {
  const gone = new Set<BytePath>();
  const remove: BytePath[] = [];
  const states: BytePath[] = [];
  let fitting = 0;
  for (const { path, kind } of found) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const withParent = gone.has(parent);
    const goes = withParent || !fits(wanted.get(path)?.kind, kind);
    if (!goes) fitting += 1;
    if (goes && kind === 'folder') gone.add(path);
    if (goes && !withParent) remove.push(path);
    if (kind === 'file' && looksLikeState(path)) states.push(path);
  }
  return { remove, states, complete: fitting === wanted.size };
};

const notPlain = /(?:^|\/)(?:\.git|\.\.?|)(?:\/|$)/i;

/** Throws UserError `path-refused` for a path that no checkout may have; git would refuse it too, but after the cleaning. */
export const refuseForbidden = (paths: Iterable<BytePath>): void => {
  for (const path of paths)
    if (notPlain.test(path))
      throw new UserError({
        code: 'path-refused',
        sentence: `The repository holds the path \`${toText(path)}\`, which may not be checked out.`,
        advice: 'Remove that path from the branch.',
      });
};
