import type { Dependency } from '../domain/project.ts';

/** One for each project: what one of them does not say may be any output, and all that they name together. */
export const joinDependencies = (all: readonly Dependency[]): readonly Dependency[] => {
  const joined = new Map<string, Dependency>();
  for (const { name, outputs } of all) {
    const before = joined.get(name);
    const both =
      before === undefined
        ? outputs
        : before.outputs === null || outputs === null
          ? null
          : [...before.outputs, ...outputs];
    joined.set(name, { name, outputs: both === null ? null : [...new Set(both)].sort() });
  }
  return [...joined.values()];
};

/** Names and what each depends on. Names that are not keys are left out of account. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** The way from one name to another along dependencies, both included; null where there is none. */
export const pathBetween = (
  from: string,
  to: string,
  dependencies: Dependencies,
): readonly string[] | null => {
  // Breadth first, so that the way that people are shown is a shortest one. No recursion: the
  // length of a chain is up to whoever writes the file.
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const queue = [from];
  for (const name of queue) {
    if (name === to) {
      const way: string[] = [];
      for (let step: string | null = name; step !== null; step = cameFrom.get(step) ?? null)
        way.unshift(step);
      return way;
    }
    for (const next of dependencies.get(name) ?? []) {
      if (cameFrom.has(next) || !dependencies.has(next)) continue;
      cameFrom.set(next, name);
      queue.push(next);
    }
  }
  return null;
};

/** Names in a circle, the first one again at the end; null where there is no circle. */
export const circle = (dependencies: Dependencies): readonly string[] | null => {
  const open = new Map(
    [...dependencies].map(([name, needs]) => [name, needs.filter((need) => dependencies.has(need))]),
  );
  // Takes away what depends on nothing that is left, until nothing changes: the rest holds circles.
  const waitsFor = new Map<string, string[]>();
  for (const [name, needs] of open)
    for (const need of needs) waitsFor.set(need, [...(waitsFor.get(need) ?? []), name]);
  const count = new Map([...open].map(([name, needs]) => [name, needs.length]));
  const free = [...open.keys()].filter((name) => count.get(name) === 0);
  for (const name of free) {
    for (const waiting of waitsFor.get(name) ?? []) {
      const left = (count.get(waiting) ?? 0) - 1;
      count.set(waiting, left);
      if (left === 0) free.push(waiting);
    }
  }
  const rest = new Map([...open].filter(([name]) => (count.get(name) ?? 0) > 0));
  for (const [name, needs] of rest) {
    for (const need of needs) {
      const back = pathBetween(need, name, rest);
      if (back !== null) return [name, ...back];
    }
  }
  return null;
};
