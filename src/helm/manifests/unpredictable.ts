import { differingPaths, pointerOf } from './json.ts';
import type { KubeObject } from './objects.ts';

export interface Unpredictable {
  readonly address: string;
  /** '' for all of the object: it is in one of two renders only. */
  readonly pointer: string;
}

/** What two renders of the same chart, values and cluster do not agree on: passwords and certificates made on the way, the time. */
export const unpredictable = (
  one: readonly KubeObject[],
  other: readonly KubeObject[],
): readonly Unpredictable[] => {
  const second = new Map(other.map((object) => [object.address, object]));
  const first = new Set(one.map(({ address }) => address));
  const changed = one.flatMap(({ address, value }) => {
    const again = second.get(address);
    if (again === undefined) return [{ address, pointer: '' }];
    return differingPaths(value, again.value).map((path) => ({ address, pointer: pointerOf(path) }));
  });
  const added = other.filter(({ address }) => !first.has(address));
  return [...changed, ...added.map(({ address }) => ({ address, pointer: '' }))];
};
