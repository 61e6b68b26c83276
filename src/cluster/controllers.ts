import type { Clock } from '../clock/port.ts';
import { type Behaviour, type BehaviourMatch, createBehaviours } from './behaviours.ts';
import { isMap, type Json, listAt, textAt } from './json.ts';
import { type KubeObject, namespaceOf, uidOf } from './objects.ts';
import type { Change, Storage } from './storage.ts';
import { afterWrite, type World } from './workloads.ts';

export interface Controllers {
  /** From now on what fits behaves so: the newest word counts. */
  behave(match: BehaviourMatch, behaviour: Behaviour): void;
  /** What a pod has printed: that of what owns it, and of what owns that. */
  logOf(pod: KubeObject): string;
  close(): void;
}

/** Everything that is owned by one that is gone goes too, as does what is in a namespace that goes. */
const collect = (storage: Storage, { kind, metadata }: KubeObject, world: World): void => {
  const uid = metadata['uid'];
  for (const object of storage.all()) {
    const owners = object.metadata['ownerReferences'];
    const isOwned = Array.isArray(owners) && owners.some((owner) => isMap(owner) && owner['uid'] === uid);
    const isInside = kind === 'Namespace' && namespaceOf(object) === metadata.name;
    if (isOwned || isInside) world.remove(object);
  }
};

/** The small controllers of this cluster: they act on what is written, and write statuses. */
export const createControllers = (
  storage: Storage,
  clock: Clock,
  where: (kind: string) => { readonly group: string; readonly plural: string } | null,
): Controllers => {
  const behaviours = createBehaviours();
  const closing = new AbortController();
  const later = (ms: number, act: () => void): void => {
    void clock.sleep(ms, closing.signal).then(() => {
      if (!closing.signal.aborted) act();
    });
  };
  const world: World = {
    storage,
    later,
    read: (object) => {
      const place = where(object.kind);
      const found = place === null ? null : storage.read(place, namespaceOf(object), object.metadata.name);
      return found !== null && uidOf(found) === uidOf(object) ? found : null;
    },
    write: (object) => {
      const place = where(object.kind);
      if (place !== null) storage.write(place, object);
    },
    remove: (object) => {
      const place = where(object.kind);
      if (place !== null) storage.remove(place, namespaceOf(object), object.metadata.name);
    },
    behaviour: (object) => behaviours.of(object),
  };
  const onChange = ({ type, object, before }: Change): void => {
    if (type === 'DELETED') {
      later(0, () => collect(storage, object, world));
      return;
    }
    if (object.kind === 'Namespace' && textAt(object.metadata, 'deletionTimestamp') !== undefined) {
      later(behaviours.of(object).delayMs, () => world.remove(object));
      return;
    }
    const isNew = before === null;
    const isChanged = before !== null && before.metadata['generation'] !== object.metadata['generation'];
    if (isNew || isChanged) afterWrite(world, object);
  };
  const stop = storage.onChange(onChange);
  return {
    behave: behaviours.behave,
    logOf: (pod) => {
      let at: KubeObject | undefined = pod;
      while (at !== undefined) {
        const { log } = behaviours.of(at);
        if (log !== '') return log;
        const [owner]: Json[] = listAt(at.metadata, 'ownerReferences');
        const uid: Json | undefined = isMap(owner) ? owner['uid'] : undefined;
        at = uid === undefined ? undefined : storage.all().find((object) => uidOf(object) === uid);
      }
      return '';
    },
    close: () => {
      stop();
      closing.abort();
    },
  };
};
