import { createHash } from 'node:crypto';
import type { Behaviour } from './behaviours.ts';
import { equal, isMap, type Json, type JsonMap, listAt, mapAt } from './json.ts';
import { type KubeObject, namespaceOf, uidOf } from './objects.ts';
import { newUid, type Storage } from './storage.ts';

/** What the controllers reach the cluster by. */
export interface World {
  readonly storage: Storage;
  later(ms: number, act: () => void): void;
  /** The object as it is now; null once it is gone, or another of its name is there. */
  read(object: KubeObject): KubeObject | null;
  write(object: KubeObject): void;
  remove(object: KubeObject): void;
  behaviour(object: KubeObject): Required<Behaviour>;
}

const condition = (world: World, type: string, status: boolean, reason: string, message = ''): JsonMap => ({
  type,
  status: status ? 'True' : 'False',
  reason,
  message,
  lastTransitionTime: world.storage.time(),
});

const setStatus = (world: World, object: KubeObject, status: JsonMap): void => {
  const live = world.read(object);
  if (live !== null && !equal(live['status'], status)) world.write({ ...live, status });
};

const owned = (world: World, owner: KubeObject, kind: string, name: string, labels: JsonMap): KubeObject => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: {
    name,
    namespace: namespaceOf(owner),
    uid: newUid(),
    creationTimestamp: world.storage.time(),
    labels,
    generation: 1,
    ownerReferences: [
      {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        name: owner.metadata.name,
        uid: uidOf(owner),
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
});

/** A pod of something, as its behaviour has it. */
const writePod = (
  world: World,
  owner: KubeObject,
  name: string,
  template: JsonMap,
  fares: Required<Behaviour>,
): void => {
  const isReady = fares.outcome === 'ready';
  const state: JsonMap = isReady
    ? { running: { startedAt: world.storage.time() } }
    : { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } };
  world.write({
    ...owned(world, owner, 'Pod', name, mapAt(mapAt(template, 'metadata'), 'labels')),
    spec: mapAt(template, 'spec'),
    status: {
      phase: isReady ? 'Running' : 'Pending',
      conditions: [condition(world, 'Ready', isReady, isReady ? '' : 'ContainersNotReady')],
      containerStatuses: listAt(mapAt(template, 'spec'), 'containers').map((container) => ({
        name: isMap(container) ? (container['name'] ?? '') : '',
        image: isMap(container) ? (container['image'] ?? '') : '',
        imageID: '',
        ready: isReady,
        started: isReady,
        restartCount: isReady ? 0 : 3,
        state,
      })),
    },
  });
};

const ownedBy = (world: World, owner: KubeObject, kind: string): readonly KubeObject[] =>
  world.storage
    .all()
    .filter(
      (object) =>
        object.kind === kind &&
        listAt(object.metadata, 'ownerReferences').some((one) => isMap(one) && one['uid'] === uidOf(owner)),
    );

const hashOf = (template: Json): string =>
  createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 8);

const replicasOf = (object: KubeObject): number => Number(mapAt(object, 'spec')['replicas'] ?? 1);

/** Pods of a set: exactly as many as it wants, of its template. */
const writePods = (
  world: World,
  owner: KubeObject,
  template: JsonMap,
  count: number,
  fares: Required<Behaviour>,
): void => {
  for (const pod of ownedBy(world, owner, 'Pod')) world.remove(pod);
  for (let index = 0; index < count; index += 1)
    writePod(world, owner, `${owner.metadata.name}-${index}`, template, fares);
};

const deployment = (world: World, object: KubeObject): void => {
  const fares = world.behaviour(object);
  const isReady = fares.outcome === 'ready';
  const template = mapAt(mapAt(object, 'spec'), 'template');
  const replicas = replicasOf(object);
  const hash = hashOf(template);
  const metadata = mapAt(template, 'metadata');
  const labels: JsonMap = { ...mapAt(metadata, 'labels'), 'pod-template-hash': hash };
  const set: KubeObject = {
    ...owned(world, object, 'ReplicaSet', `${object.metadata.name}-${hash}`, labels),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
    status: {
      replicas,
      readyReplicas: isReady ? replicas : 0,
      availableReplicas: isReady ? replicas : 0,
      observedGeneration: 1,
    },
  };
  const sets = ownedBy(world, object, 'ReplicaSet');
  const same = sets.find(({ metadata }) => metadata.name === set.metadata.name);
  const current =
    same === undefined ? set : { ...same, spec: set['spec'] ?? {}, status: set['status'] ?? {} };
  world.write(current);
  for (const old of sets) {
    // The pods of the old one go only once those of the new one are ready.
    if (old.metadata.name === current.metadata.name || !isReady) continue;
    for (const pod of ownedBy(world, old, 'Pod')) world.remove(pod);
    world.write({ ...old, spec: { ...mapAt(old, 'spec'), replicas: 0 }, status: { replicas: 0 } });
  }
  writePods(world, current, mapAt(mapAt(current, 'spec'), 'template'), replicas, fares);
  const available = isReady ? replicas : 0;
  setStatus(world, object, {
    observedGeneration: Number(object.metadata['generation'] ?? 1),
    replicas,
    updatedReplicas: replicas,
    readyReplicas: available,
    availableReplicas: available,
    ...(isReady ? {} : { unavailableReplicas: replicas }),
    conditions: [
      condition(
        world,
        'Available',
        isReady,
        isReady ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      ),
      fares.outcome === 'failed'
        ? condition(world, 'Progressing', false, 'ProgressDeadlineExceeded')
        : condition(world, 'Progressing', true, isReady ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated'),
    ],
  });
};

const statefulSet = (world: World, object: KubeObject): void => {
  const fares = world.behaviour(object);
  const replicas = replicasOf(object);
  const ready = fares.outcome === 'ready' ? replicas : 0;
  writePods(world, object, mapAt(mapAt(object, 'spec'), 'template'), replicas, fares);
  const revision = `${object.metadata.name}-${hashOf(mapAt(mapAt(object, 'spec'), 'template'))}`;
  setStatus(world, object, {
    observedGeneration: Number(object.metadata['generation'] ?? 1),
    replicas,
    readyReplicas: ready,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    availableReplicas: ready,
    currentRevision: revision,
    updateRevision: revision,
  });
};

const daemonSet = (world: World, object: KubeObject): void => {
  const ready = world.behaviour(object).outcome === 'ready' ? 1 : 0;
  writePods(world, object, mapAt(mapAt(object, 'spec'), 'template'), 1, world.behaviour(object));
  setStatus(world, object, {
    observedGeneration: Number(object.metadata['generation'] ?? 1),
    desiredNumberScheduled: 1,
    currentNumberScheduled: 1,
    updatedNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
  });
};

const job = (world: World, object: KubeObject): void => {
  const fares = world.behaviour(object);
  const template = mapAt(mapAt(object, 'spec'), 'template');
  const labels = { ...mapAt(mapAt(template, 'metadata'), 'labels'), 'job-name': object.metadata.name };
  const phase = { ready: 'Succeeded', failed: 'Failed', never: 'Running' }[fares.outcome];
  world.write({
    ...owned(world, object, 'Pod', `${object.metadata.name}-0`, labels),
    spec: mapAt(template, 'spec'),
    status: { phase, conditions: [condition(world, 'Ready', false, 'PodCompleted')] },
  });
  if (fares.outcome === 'ready')
    setStatus(world, object, {
      startTime: world.storage.time(),
      completionTime: world.storage.time(),
      succeeded: 1,
      conditions: [condition(world, 'Complete', true, 'CompletionsReached')],
    });
  else if (fares.outcome === 'failed')
    setStatus(world, object, {
      startTime: world.storage.time(),
      failed: Number(mapAt(object, 'spec')['backoffLimit'] ?? 6) + 1,
      conditions: [
        condition(
          world,
          'Failed',
          true,
          'BackoffLimitExceeded',
          'Job has reached the specified backoff limit',
        ),
      ],
    });
  else setStatus(world, object, { startTime: world.storage.time(), active: 1 });
};

const pod = (world: World, object: KubeObject): void => {
  // Those of a set were written with their status.
  if (object['status'] !== undefined) return;
  const { outcome } = world.behaviour(object);
  const once = mapAt(object, 'spec')['restartPolicy'] === 'Never';
  const phase =
    outcome === 'failed' ? 'Failed' : outcome === 'never' ? 'Pending' : once ? 'Succeeded' : 'Running';
  setStatus(world, object, { phase, conditions: [condition(world, 'Ready', phase === 'Running', '')] });
};

const definition = (world: World, object: KubeObject): void =>
  setStatus(world, object, {
    conditions: [
      condition(world, 'NamesAccepted', true, 'NoConflicts'),
      condition(world, 'Established', world.behaviour(object).outcome === 'ready', 'InitialNamesAccepted'),
    ],
    acceptedNames: mapAt(mapAt(object, 'spec'), 'names'),
    storedVersions: listAt(mapAt(object, 'spec'), 'versions').map((version) =>
      isMap(version) ? (version['name'] ?? '') : '',
    ),
  });

const acts: Readonly<Record<string, (world: World, object: KubeObject) => void>> = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Job: job,
  Pod: pod,
  CustomResourceDefinition: definition,
  PersistentVolumeClaim: (world, object) =>
    setStatus(world, object, { phase: world.behaviour(object).outcome === 'ready' ? 'Bound' : 'Pending' }),
  Service: (world, object) => {
    const isReady = world.behaviour(object).outcome === 'ready';
    if (mapAt(object, 'spec')['type'] === 'LoadBalancer')
      setStatus(world, object, { loadBalancer: isReady ? { ingress: [{ ip: '203.0.113.7' }] } : {} });
  },
};

/** Called after an object was made or its spec changed. */
export const afterWrite = (world: World, object: KubeObject): void => {
  const act = acts[object.kind];
  if (act === undefined) return;
  world.later(world.behaviour(object).delayMs, () => {
    const live = world.read(object);
    if (live !== null) act(world, live);
  });
};
