import {
  at,
  differingPaths,
  isObject,
  isSame,
  type Json,
  type JsonObject,
  pointerOf,
  textAt,
} from './json.ts';
import { isNoise } from './noise.ts';
import type { KubeObject } from './objects.ts';
import { secretPointers } from './secrets.ts';

/** One change of an object, as `summary.json` says it. */
export interface Item {
  readonly address: string;
  readonly action: 'create' | 'update' | 'delete' | 'import' | 'forget';
  readonly type: string;
  readonly name: string;
  readonly namespace?: string;
  readonly group?: string;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly unknown?: readonly string[];
  readonly sensitive?: readonly string[];
  readonly reasons?: readonly string[];
  readonly noise?: readonly string[];
}

export interface Difference {
  readonly items: readonly Item[];
  /** Objects that stay as they are. */
  readonly same: number;
  readonly blocked: readonly string[];
}

/** Whose an object of the cluster is, in Helm's eyes. */
export interface Owner {
  readonly release: string;
  readonly namespace: string;
}

export interface Sides {
  /** What the revision that Helm goes from holds, hooks apart. */
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
  /** What is in the cluster of that which the plan creates or deletes, by address; where it was asked. */
  readonly live: ReadonlyMap<string, JsonObject>;
  readonly owner: Owner;
  readonly takesOwnership: boolean;
}

/** What Helm would do, object by object, in the order of their addresses. */
export const difference = (sides: Sides): Difference => {
  const before = byAddress(sides.before);
  const after = byAddress(sides.after);
  const blocked: string[] = [];
  const items: Item[] = [];
  let same = 0;
  for (const address of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, next] = [before.get(address), after.get(address)];
    if (old !== undefined && next !== undefined) {
      if (isSame(old.value, next.value)) same += 1;
      else items.push(item('update', next, old.value, next.value));
    } else if (next !== undefined) items.push(added(next, sides, blocked));
    else if (old !== undefined) items.push(removed(old, sides.live.get(address)));
  }
  return { items, same, blocked };
};

const byAddress = (objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> =>
  new Map(objects.map((object) => [object.address, object]));

const added = (next: KubeObject, { live, owner, takesOwnership }: Sides, blocked: string[]): Item => {
  const there = live.get(next.address);
  if (there === undefined) return item('create', next, null, next.value);
  const before = shapedLike(there, next.value);
  if (isOwnedBy(there, owner))
    return item('import', next, before, next.value, ['It is there already, and belongs to this release.']);
  const whose = ownerOf(there);
  const reason =
    whose === null
      ? 'It is there already, and belongs to no release.'
      : `It is there already, and belongs to the release ${whose.release} in ${whose.namespace}.`;
  if (takesOwnership)
    return item('import', next, before, next.value, [reason, 'take_ownership takes it over.']);
  blocked.push(`${next.address} is there already, and Helm does not take what is not its own: ${reason}`);
  return item('import', next, before, next.value, [reason]);
};

const removed = (old: KubeObject, live: JsonObject | undefined): Item => {
  // Helm looks at the object in the cluster, not at what it once rendered.
  const policy = textAt(live ?? old.value, 'metadata', 'annotations', 'helm.sh/resource-policy');
  return policy === 'keep'
    ? item('forget', old, old.value, null, ['It has helm.sh/resource-policy: keep, so it stays.'])
    : item('delete', old, old.value, null);
};

/** An item of a summary, with what of it is secret and what only comes along. */
export const item = (
  action: Item['action'],
  object: KubeObject,
  before: JsonObject | null,
  after: JsonObject | null,
  reasons: readonly string[] = [],
): Item => {
  const noise =
    action === 'update'
      ? differingPaths(before ?? undefined, after ?? undefined)
          .filter(isNoise)
          .map(pointerOf)
      : [];
  const sensitive = secretPointers(object, [before, after]);
  return {
    address: object.address,
    action,
    type: object.kind,
    name: object.name,
    ...(object.namespace !== '' && { namespace: object.namespace }),
    ...(object.group !== '' && { group: object.group }),
    before,
    after,
    ...(sensitive.length > 0 && { sensitive }),
    ...(reasons.length > 0 && { reasons }),
    ...(noise.length > 0 && { noise }),
  };
};

const ownerOf = (live: JsonObject): Owner | null => {
  const release = textAt(live, 'metadata', 'annotations', 'meta.helm.sh/release-name');
  const namespace = textAt(live, 'metadata', 'annotations', 'meta.helm.sh/release-namespace');
  return release === '' ? null : { release, namespace };
};

const isOwnedBy = (live: JsonObject, { release, namespace }: Owner): boolean => {
  const found = ownerOf(live);
  return (
    found?.release === release &&
    found.namespace === namespace &&
    textAt(live, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === 'Helm'
  );
};

/** Of a live object what the wanted one speaks of: the rest is defaults and what controllers wrote. */
const shapedLike = (live: JsonObject, wanted: JsonObject): JsonObject => {
  const shaped = shape(live, wanted);
  return isObject(shaped) ? shaped : {};
};

const shape = (live: Json, wanted: Json): Json => {
  if (!isObject(live) || !isObject(wanted)) return live;
  const kept = Object.keys(wanted).flatMap((key): [string, Json][] => {
    const [inner, outer] = [at(live, key), at(wanted, key)];
    return inner === undefined || outer === undefined ? [] : [[key, shape(inner, outer)]];
  });
  return Object.fromEntries(kept);
};
