import { printPath } from './attributes.ts';
import { isRecord } from './canonical.ts';
import { type Hiding, marks } from './hiding.ts';
import { inOrder, type PathStep } from './sides.ts';

type KeyText = Hiding['key'];

/** Steps are put on the path and taken off again: each change of a large plan has masks. */
const collect = (mask: unknown, path: PathStep[], keyText: KeyText, found: Set<string>): void => {
  if (mask === true) found.add(printPath(path, keyText));
  else if (Array.isArray(mask)) {
    for (const [index, inner] of mask.entries()) collectStep(inner, index, path, keyText, found);
  } else if (isRecord(mask))
    for (const key of Object.keys(mask)) collectStep(mask[key], key, path, keyText, found);
};

const collectStep = (
  mask: unknown,
  step: PathStep,
  path: PathStep[],
  keyText: KeyText,
  found: Set<string>,
): void => {
  path.push(step);
  collect(mask, path, keyText, found);
  path.pop();
};

/** The first of some paths, and how many there are beyond. */
export interface MaskPaths {
  readonly paths: readonly string[];
  readonly left: number;
}

const none: MaskPaths = { paths: [], left: 0 };

/** The paths that any of the masks marks, sorted, at most `limit` of them: a mask is `true` for a whole value, or has the value's shape. */
export const maskPaths = (masks: readonly unknown[], limit: number, keyText: KeyText): MaskPaths => {
  // Most of a large plan's are empty.
  if (!masks.some(marks)) return none;
  const found = new Set<string>();
  for (const mask of masks) if (marks(mask)) collect(mask, [], keyText, found);
  const paths = inOrder([...found]);
  return { paths: paths.slice(0, limit), left: Math.max(0, paths.length - limit) };
};

/** At most `limit` of them, and then how many more. */
export const pathsUpTo = ({ paths, left }: MaskPaths, limit: number): readonly string[] => {
  const more = left + Math.max(0, paths.length - limit);
  return more === 0 ? paths : [...paths.slice(0, limit), `… ${more} more`];
};
