import type { Sha } from '../../domain/ids.ts';
import type { Leaf, Objects } from './objects.ts';

type Leaves = ReadonlyMap<string, Leaf>;

const same = (a: Leaf | undefined, b: Leaf | undefined): boolean => a?.id === b?.id && a?.mode === b?.mode;

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * Three-way, by whole files: one that both sides changed to different things is a conflict. Git would
 * look inside, and would follow renames; nothing that is built on this may need either.
 */
export const mergeFiles = (
  before: Leaves,
  ours: Leaves,
  theirs: Leaves,
): { readonly leaves: Leaves } | { readonly conflicts: readonly string[] } => {
  const leaves = new Map<string, Leaf>();
  const conflicts: string[] = [];
  for (const path of new Set([...before.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [was, mine, other] = [before.get(path), ours.get(path), theirs.get(path)];
    if (!same(mine, other) && !same(mine, was) && !same(other, was)) {
      conflicts.push(path);
      continue;
    }
    const kept = same(mine, was) ? other : mine;
    if (kept !== undefined) leaves.set(path, kept);
  }
  // A file of one side and a folder of the other can not both be there.
  for (const path of leaves.keys()) {
    const names = path.split('/');
    const blocked = names.slice(1).some((_, index) => leaves.has(names.slice(0, index + 1).join('/')));
    if (blocked) conflicts.push(path);
  }
  return conflicts.length === 0 ? { leaves } : { conflicts: conflicts.sort(byBytes) };
};

const ancestors = (objects: Objects, from: Sha): ReadonlySet<Sha> => {
  const seen = new Set<Sha>();
  const open: Sha[] = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const commit = objects.commitOf(id);
    if (commit === null || seen.has(id)) continue;
    seen.add(id);
    open.push(...commit.parents);
  }
  return seen;
};

/** A best common ancestor: one that no other common ancestor has below it. Null: nothing in common. */
export const mergeBaseOf = (objects: Objects, one: Sha, other: Sha): Sha | null => {
  const mine = ancestors(objects, one);
  const common = [...ancestors(objects, other)].filter((id) => mine.has(id));
  const below = new Set(
    common.flatMap((id) =>
      (objects.commitOf(id)?.parents ?? []).flatMap((parent) => [...ancestors(objects, parent)]),
    ),
  );
  return common.find((id) => !below.has(id)) ?? null;
};
