import { type PathStep, printPath } from './attributes.ts';
import { isRecord } from './canonical.ts';
import { type Hiding, marks } from './hiding.ts';

type KeyText = Hiding['key'];

const collect = (mask: unknown, path: readonly PathStep[], keyText: KeyText, found: Set<string>): void => {
  if (mask === true) found.add(printPath(path, keyText));
  else if (Array.isArray(mask))
    mask.forEach((inner, index) => {
      collect(inner, [...path, index], keyText, found);
    });
  else if (isRecord(mask))
    for (const key of Object.keys(mask)) collect(mask[key], [...path, key], keyText, found);
};

/** The first of some paths, and how many there are beyond. */
export interface MaskPaths {
  readonly paths: readonly string[];
  readonly left: number;
}

/** The paths that any of the masks marks, sorted, at most `limit` of them: a mask is `true` for a whole value, or has the value's shape. */
export const maskPaths = (masks: readonly unknown[], limit: number, keyText: KeyText): MaskPaths => {
  const found = new Set<string>();
  for (const mask of masks) if (marks(mask)) collect(mask, [], keyText, found);
  const paths = found.size < 2 ? [...found] : [...found].sort();
  return { paths: paths.slice(0, limit), left: Math.max(0, paths.length - limit) };
};

/** At most `limit` of them, and then how many more. */
export const pathsUpTo = ({ paths, left }: MaskPaths, limit: number): readonly string[] => {
  const more = left + Math.max(0, paths.length - limit);
  return more === 0 ? paths : [...paths.slice(0, limit), `… ${more} more`];
};
