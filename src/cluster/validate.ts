import { equal, isMap, type Json, type JsonMap, listAt, mapAt } from './json.ts';
import type { Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { invalid, Refusal } from './refusal.ts';

/** What a Secret or a ConfigMap may hold. */
const mostData = 1_048_576;

const nameOf = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Fields that a kind has, where charts often have a slip of the pen; other kinds are not looked at. */
const known: Readonly<Record<string, { readonly top: string; readonly spec?: string }>> = {
  ConfigMap: { top: 'data binaryData immutable' },
  Secret: { top: 'data stringData immutable type' },
  ServiceAccount: { top: 'secrets imagePullSecrets automountServiceAccountToken' },
  Deployment: {
    top: 'spec status',
    spec: 'replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds',
  },
  Service: {
    top: 'spec status',
    spec: 'ports selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges loadBalancerClass externalName externalTrafficPolicy internalTrafficPolicy healthCheckNodePort publishNotReadyAddresses ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts sessionAffinityConfig trafficDistribution',
  },
  Job: {
    top: 'spec status',
    spec: 'parallelism completions activeDeadlineSeconds backoffLimit selector manualSelector template ttlSecondsAfterFinished completionMode suspend podFailurePolicy successPolicy backoffLimitPerIndex maxFailedIndexes podReplacementPolicy managedBy',
  },
};

/** Paths that the kind does not have, `spec.replica`. */
export const unknownFields = (object: KubeObject): readonly string[] => {
  const fields = known[object.kind];
  if (fields === undefined) return [];
  const of = (map: JsonMap, names: string, prefix: string) =>
    Object.keys(map)
      .filter((key) => !names.split(' ').includes(key))
      .map((key) => `${prefix}${key}`);
  return [
    ...of(object, `apiVersion kind metadata ${fields.top}`, ''),
    ...(fields.spec === undefined ? [] : of(mapAt(object, 'spec'), fields.spec, 'spec.')),
  ];
};

/** The first value that is no text where the kind has nothing but texts, with its path. */
export const notText = (object: KubeObject): { readonly path: string; readonly value: Json } | null => {
  const maps: Readonly<Record<string, JsonMap>> = {
    'metadata.labels': mapAt(object.metadata, 'labels'),
    'metadata.annotations': mapAt(object.metadata, 'annotations'),
    ...(object.kind === 'ConfigMap' || object.kind === 'Secret' ? { data: mapAt(object, 'data') } : {}),
  };
  for (const [path, map] of Object.entries(maps))
    for (const [key, value] of Object.entries(map))
      if (typeof value !== 'string' && value !== null) return { path: `${path}.${key}`, value };
  return null;
};

/** Paths that may not change once the object is there. */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec.selector'],
  ReplicaSet: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  StatefulSet: ['spec.selector', 'spec.serviceName', 'spec.volumeClaimTemplates', 'spec.podManagementPolicy'],
  Job: ['spec.selector', 'spec.template', 'spec.completions'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.storageClassName', 'spec.volumeName'],
  Service: ['spec.clusterIP'],
  Secret: ['type'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
};

const at = (object: KubeObject, path: string) => {
  const [first = '', second] = path.split('.');
  return second === undefined ? object[first] : mapAt(object, first)[second];
};

const sizeOf = (object: KubeObject): number =>
  [...Object.values(mapAt(object, 'data')), ...Object.values(mapAt(object, 'binaryData'))]
    .map((value) =>
      object.kind === 'Secret' ? Buffer.byteLength(String(value), 'base64') : String(value).length,
    )
    .reduce((sum, size) => sum + size, 0);

/** Throws what the server would say; `before` is null for one that is new. */
export const validate = (kind: Kind, object: KubeObject, before: KubeObject | null): void => {
  const name = object.metadata.name;
  const no = (field: string, why: string) => invalid(kind.kind, kind.group, name, field, why);
  const isRole = kind.group === 'rbac.authorization.k8s.io';
  if (!isRole && (name.length > 253 || !nameOf.test(name)))
    throw no(
      'metadata.name',
      `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    );
  if ((kind.kind === 'Secret' || kind.kind === 'ConfigMap') && sizeOf(object) > mostData)
    throw no('data', `Too long: may not be more than ${mostData} bytes`);
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(kind.kind)) {
    const spec = mapAt(object, 'spec');
    const template = mapAt(spec, 'template');
    const labels = mapAt(mapAt(template, 'metadata'), 'labels');
    const wanted = mapAt(mapAt(spec, 'selector'), 'matchLabels');
    if (Object.keys(wanted).length === 0) throw no('spec.selector', 'Required value');
    if (!Object.entries(wanted).every(([key, value]) => labels[key] === value))
      throw no(
        'spec.template.metadata.labels',
        `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      );
    if (!listAt(mapAt(template, 'spec'), 'containers').some(isMap))
      throw no('spec.template.spec.containers', 'Required value');
  }
  if (before === null) return;
  for (const path of immutable[kind.kind] ?? [])
    if (!equal(at(object, path), at(before, path)))
      throw no(path, `Invalid value: ${JSON.stringify(at(object, path) ?? null)}: field is immutable`);
  if (before['immutable'] === true && !equal(object['data'], before['data']))
    throw no('data', 'Forbidden: field is immutable when `immutable` is set');
};

/** What the body may not say that the address does not. */
export const validateAddress = (object: KubeObject, namespace: string, name: string | null): void => {
  const said = object.metadata['namespace'];
  if (typeof said === 'string' && said !== '' && said !== namespace)
    throw new Refusal(
      400,
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  if (name !== null && object.metadata.name !== name)
    throw new Refusal(
      400,
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
    );
};
