import type { Project } from './project.ts';

/** What of a project says where it stands among others. */
export type Node = Pick<Project, 'name' | 'dependsOn'>;

/**
 * Dependencies before dependants, otherwise as given; each exactly once. Names that are not given are left out of account. A circle
 * was refused when the file was read; were there one, what is in it comes in some order. No recursion: the length of a chain is
 * up to whoever writes the file.
 */
export const inOrder = <T extends Node>(nodes: readonly T[]): readonly T[] => {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const met = new Set<T>();
  const ordered: T[] = [];
  for (const node of nodes) {
    const open: (readonly [node: T, isLeft: boolean])[] = [[node, false]];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const [one, isLeft] = top;
      if (isLeft) ordered.push(one);
      if (met.has(one)) continue;
      met.add(one);
      open.push([one, true]);
      for (const { name } of one.dependsOn.toReversed()) {
        const needed = byName.get(name);
        if (needed !== undefined && !met.has(needed)) open.push([needed, false]);
      }
    }
  }
  return ordered;
};

/** Those of them that need one of the named, directly or through others of them. The named themselves are not among these. */
export const downstreamOf = <T extends Node>(nodes: readonly T[], names: Iterable<string>): readonly T[] => {
  const reached = new Set(names);
  const sources = new Set(reached);
  for (const { name, dependsOn } of inOrder(nodes))
    if (dependsOn.some((need) => reached.has(need.name))) reached.add(name);
  return nodes.filter(({ name }) => reached.has(name) && !sources.has(name));
};
