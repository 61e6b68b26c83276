import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock/port.ts';
import { copy } from './json.ts';
import type { Kind } from './kinds.ts';
import { type KubeObject, namespaceOf } from './objects.ts';

/** One change, as watches tell it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly group: string;
  readonly plural: string;
  readonly object: KubeObject;
  /** As it was before, where it was. */
  readonly before: KubeObject | null;
}

type Where = Pick<Kind, 'group' | 'plural'>;

/** Every object there is, and everything that happened to them, under one counter. */
export interface Storage {
  version(): number;
  /** The time of the cluster, as objects tell it. */
  time(): string;
  read(where: Where, namespace: string, name: string): KubeObject | null;
  /** In the order of their names, those of every namespace where none is given. */
  list(where: Where, namespace: string | null): readonly KubeObject[];
  /** Writes it as it is, with a new resourceVersion. */
  write(where: Where, object: KubeObject): KubeObject;
  remove(where: Where, namespace: string, name: string): KubeObject | null;
  /** What happened after a version, oldest first. */
  since(version: number): readonly Change[];
  /** Called after each change; returns how to stop it. */
  onChange(listener: (change: Change) => void): () => void;
  all(): readonly KubeObject[];
}

export const newUid = (): string => randomUUID();

export const createStorage = (clock: Clock): Storage => {
  const objects = new Map<string, { readonly where: Where; readonly object: KubeObject }>();
  const log: Change[] = [];
  const listeners = new Set<(change: Change) => void>();
  // Not 0, which means "any" to those who ask for it.
  let counter = 100;
  const keyOf = ({ group, plural }: Where, namespace: string, name: string): string =>
    [group, plural, namespace, name].join('/');
  const tell = (change: Change): void => {
    log.push(change);
    for (const listener of [...listeners]) listener(change);
  };
  const inOrder = (): KubeObject[] =>
    [...objects.keys()].sort().flatMap((key) => {
      const found = objects.get(key);
      return found === undefined ? [] : [copy(found.object)];
    });
  return {
    version: () => counter,
    time: () => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    read: (where, namespace, name) => {
      const found = objects.get(keyOf(where, namespace, name));
      return found === undefined ? null : copy(found.object);
    },
    list: (where, namespace) => {
      const prefix = namespace === null ? `${where.group}/${where.plural}/` : keyOf(where, namespace, '');
      return [...objects.keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .flatMap((key) => {
          const found = objects.get(key);
          return found === undefined ? [] : [copy(found.object)];
        });
    },
    write: (where, wish) => {
      counter += 1;
      const object = copy(wish);
      object.metadata['resourceVersion'] = String(counter);
      const key = keyOf(where, namespaceOf(object), object.metadata.name);
      const before = objects.get(key)?.object ?? null;
      objects.set(key, { where, object });
      tell({
        type: before === null ? 'ADDED' : 'MODIFIED',
        version: counter,
        group: where.group,
        plural: where.plural,
        object,
        before,
      });
      return copy(object);
    },
    remove: (where, namespace, name) => {
      const key = keyOf(where, namespace, name);
      const found = objects.get(key);
      if (found === undefined) return null;
      counter += 1;
      objects.delete(key);
      const object = copy(found.object);
      object.metadata['resourceVersion'] = String(counter);
      tell({
        type: 'DELETED',
        version: counter,
        group: where.group,
        plural: where.plural,
        object,
        before: found.object,
      });
      return copy(object);
    },
    since: (version) => log.filter((change) => change.version > version),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    all: inOrder,
  };
};
