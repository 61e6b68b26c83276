import { type Item, item, type Owner } from './difference.ts';
import {
  at,
  differingPaths,
  isList,
  isObject,
  isSame,
  type Json,
  type JsonObject,
  pointerOf,
  type Step,
  textAt,
} from './json.ts';
import type { KubeObject } from './objects.ts';
import { isMergedByHelm } from './scopes.ts';

const inner = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** With what Helm writes on everything of a release when it applies it; manifests do not have it. */
export const owned = (object: KubeObject, { release, namespace }: Owner): KubeObject => {
  const metadata = inner(at(object.value, 'metadata'));
  return {
    ...object,
    value: {
      ...object.value,
      metadata: {
        ...metadata,
        labels: { ...inner(metadata['labels']), 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: {
          ...inner(metadata['annotations']),
          'meta.helm.sh/release-name': release,
          'meta.helm.sh/release-namespace': namespace,
        },
      },
    },
  };
};

export interface Drifted {
  readonly address: string;
  /** Places that are otherwise than they were applied; null for an object that is gone. */
  readonly pointers: readonly string[] | null;
}

const isUnder = (path: string, other: string): boolean => path === other || path.startsWith(`${other}/`);

const valueAt = (value: Json | undefined, path: readonly Step[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (found, step) => (typeof step === 'number' ? (isList(found) ? found[step] : undefined) : at(found, step)),
    value,
  );

/** Quantities are written by the server in its own way: `1` where a chart has `1000m`. */
const isQuantity = (path: readonly Step[]): boolean => path.includes('resources');

/**
 * What somebody changed in the cluster and an upgrade would undo: places at which the API server would change an object, and the
 * chart does not; and places that the chart changes as well, where there is neither what was applied nor what will be. `merged`
 * is what the server would make of the objects that are applied.
 */
export const drifted = (sides: {
  readonly before: readonly KubeObject[];
  readonly after: readonly KubeObject[];
  readonly live: readonly KubeObject[];
  readonly merged: readonly KubeObject[];
}): readonly Drifted[] => {
  const byAddress = (objects: readonly KubeObject[]) =>
    new Map(objects.map((object) => [object.address, object.value]));
  const [before, live, merged] = [byAddress(sides.before), byAddress(sides.live), byAddress(sides.merged)];
  return sides.after.flatMap(({ address, value }): readonly Drifted[] => {
    const applied = before.get(address);
    if (applied === undefined || address.includes('*')) return [];
    const there = live.get(address);
    if (there === undefined) return [{ address, pointers: null }];
    const would = merged.get(address);
    if (would === undefined) return [];
    const changed = differingPaths(applied, value);
    const planned = changed.map(pointerOf);
    const overwritten = changed.filter((path) => {
      const [then, now] = [valueAt(applied, path), valueAt(there, path)];
      if (then === undefined || isQuantity(path)) return false;
      return !isSame(now, then) && !isSame(now, valueAt(value, path));
    });
    const pointers = [
      ...differingPaths(there, would)
        .map(pointerOf)
        .filter((path) => !planned.some((one) => isUnder(path, one) || isUnder(one, path))),
      ...overwritten.map(pointerOf),
    ];
    return pointers.length === 0 ? [] : [{ address, pointers }];
  });
};

/**
 * What puts it back, as changes from what is there to what the server would make of the object. For a plan as for a look: with nothing
 * else to do there is this to do.
 */
export const putBack = (sides: {
  readonly drift: readonly Drifted[];
  readonly after: readonly KubeObject[];
  readonly live: readonly KubeObject[];
  readonly merged: readonly KubeObject[];
}): readonly Item[] =>
  sides.drift.flatMap(({ address, pointers }): readonly Item[] => {
    const [object, there, wanted] = [sides.after, sides.live, sides.merged].map((objects) =>
      objects.find((one) => one.address === address),
    );
    if (object === undefined) return [];
    return pointers === null
      ? [item('create', object, null, object.value, ['It is gone from the cluster.'])]
      : [
          item('update', object, there?.value ?? null, (wanted ?? object).value, [
            'It was changed in the cluster.',
          ]),
        ];
  });

/**
 * Does an upgrade put it back? Of a kind that Helm does not know it compares two manifests and not what is there, unless the server
 * applies it.
 */
export const isPutBack = (
  { address, pointers }: Drifted,
  after: readonly KubeObject[],
  isServerSide: boolean,
): boolean => {
  const object = after.find((one) => one.address === address);
  return (
    pointers === null ||
    isServerSide ||
    (object !== undefined && isMergedByHelm(textAt(object.value, 'apiVersion')))
  );
};

const most = 10;

/** Places and no values: some of them are secret. */
export const tellDrift = ({ address, pointers }: Drifted, isUndone: boolean): string =>
  pointers === null
    ? `${address} is gone from the cluster: the upgrade makes it again.`
    : `${address} was changed in the cluster, and the upgrade ${isUndone ? 'undoes that' : 'leaves it so'}: ${pointers.slice(0, most).join(', ')}${pointers.length > most ? ` and ${pointers.length - most} more` : ''}`;

/** Each place as one text, `ADDRESS/data/message`; of an object that is gone, its address. */
export const driftPlaces = (drift: readonly Drifted[]): readonly string[] =>
  drift.flatMap(({ address, pointers }) =>
    pointers === null ? [address] : pointers.map((pointer) => `${address}${pointer}`),
  );
