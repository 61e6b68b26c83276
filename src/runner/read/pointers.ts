import { ownValue } from '../../domain/own-value.ts';
import { isRecord } from './canonical.ts';
import type { PathStep } from './sides.ts';

/** A JSON pointer (RFC 6901) in its tokens; the empty one is the whole value. */
export type Pointer = readonly string[];

export const tokensOf = (pointer: string): Pointer =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

const stepOf = (value: unknown, token: string): PathStep | null => {
  if (Array.isArray(value))
    return /^(?:0|[1-9]\d*)$/.test(token) && Number(token) < value.length ? Number(token) : null;
  return isRecord(value) && Object.hasOwn(value, token) ? token : null;
};

const partOf = (value: unknown, step: PathStep): unknown => {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isRecord(value) ? ownValue(value, String(step)) : undefined;
};

interface Tree {
  readonly parts: Map<string, Tree>;
  whole: boolean;
}

const treeOf = (pointers: readonly Pointer[]): Tree => {
  const root: Tree = { parts: new Map(), whole: false };
  for (const tokens of pointers) {
    let at = root;
    for (const token of tokens) {
      const next = at.parts.get(token) ?? { parts: new Map(), whole: false };
      at.parts.set(token, next);
      at = next;
    }
    at.whole = true;
  }
  return root;
};

/**
 * A mask as plans have it, over a value: `true` for each place that a pointer leads to. Of those that lead nowhere in `value` nothing
 * is in it, unless `always`: it is made then as if there were objects.
 */
export const maskAlong = (value: unknown, pointers: readonly Pointer[], always = false): unknown => {
  const along = (one: unknown, tree: Tree): unknown => {
    if (tree.whole) return true;
    if (tree.parts.size === 0) return undefined;
    // Of a list that will have more, nobody knows what will be where.
    if (always && Array.isArray(one) && [...tree.parts.keys()].some((token) => stepOf(one, token) === null))
      return true;
    const found = [...tree.parts].flatMap(([token, part]) => {
      const step = stepOf(one, token);
      if (step === null && !always) return [];
      const mask = along(step === null ? undefined : partOf(one, step), part);
      return mask === undefined ? [] : [[token, mask] as const];
    });
    if (found.length === 0) return undefined;
    if (!Array.isArray(one)) return Object.fromEntries(found);
    const masks: unknown[] = Array.from({ length: one.length }, () => false);
    for (const [token, mask] of found) masks[Number(token)] = mask;
    return masks;
  };
  return along(value, treeOf(pointers)) ?? false;
};

/** The value without what the pointers lead to. Of a list what goes leaves `null`: what comes behind it keeps its place. */
export const without = (value: unknown, pointers: readonly Pointer[]): unknown => {
  const along = (one: unknown, tree: Tree): unknown => {
    if (tree.whole) return undefined;
    if (tree.parts.size === 0) return one;
    if (Array.isArray(one))
      return one.map((part, index) => {
        const below = tree.parts.get(String(index));
        return below === undefined ? part : (along(part, below) ?? null);
      });
    if (!isRecord(one)) return one;
    return Object.fromEntries(
      Object.entries(one).flatMap(([key, part]) => {
        const below = tree.parts.get(key);
        const left = below === undefined ? part : along(part, below);
        return left === undefined ? [] : [[key, left]];
      }),
    );
  };
  return along(value, treeOf(pointers));
};

/** Only what the pointers lead to, at its place: a mask over the whole value fits it. */
export const only = (value: unknown, pointers: readonly Pointer[]): unknown => {
  const along = (one: unknown, tree: Tree): unknown => {
    if (tree.whole) return one;
    if (Array.isArray(one))
      return one.map((part, index) => {
        const below = tree.parts.get(String(index));
        return below === undefined ? null : (along(part, below) ?? null);
      });
    if (!isRecord(one)) return undefined;
    const found = [...tree.parts].flatMap(([token, part]) => {
      const step = stepOf(one, token);
      const left = step === null ? undefined : along(partOf(one, step), part);
      return left === undefined ? [] : [[token, left] as const];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  };
  return along(value, treeOf(pointers));
};
