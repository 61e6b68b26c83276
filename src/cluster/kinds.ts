import { isMap, type JsonMap, listAt, mapAt, textAt } from './json.ts';
import type { KubeObject } from './objects.ts';

/** One kind that the API serves, in one version. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  /** Defined by a CustomResourceDefinition: no merge keys, no defaults, no strategic patch. */
  readonly custom: boolean;
}

export const groupVersion = ({ group, version }: Pick<Kind, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

/** Plurals that are not the kind in small letters with an `s`. */
const plurals: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  StorageClass: 'storageclasses',
  PriorityClass: 'priorityclasses',
  Endpoints: 'endpoints',
};

const built = (
  group: string,
  version: string,
  namespaced: boolean,
  kinds: Readonly<Record<string, string>>,
): Kind[] =>
  Object.entries(kinds).map(([kind, short]) => ({
    group,
    version,
    kind,
    plural: plurals[kind] ?? `${kind.toLowerCase()}s`,
    namespaced,
    shortNames: short.split(' ').filter((name) => name !== ''),
    custom: false,
  }));

/** The kinds of a cluster that charts use, with their short names. */
export const builtInKinds: readonly Kind[] = [
  ...built('', 'v1', false, { Namespace: 'ns', PersistentVolume: 'pv', Node: 'no' }),
  ...built('', 'v1', true, {
    ConfigMap: 'cm',
    Endpoints: 'ep',
    Event: 'ev',
    LimitRange: 'limits',
    PersistentVolumeClaim: 'pvc',
    Pod: 'po',
    ReplicationController: 'rc',
    ResourceQuota: 'quota',
    Secret: '',
    Service: 'svc',
    ServiceAccount: 'sa',
  }),
  ...built('apps', 'v1', true, {
    DaemonSet: 'ds',
    Deployment: 'deploy',
    ReplicaSet: 'rs',
    StatefulSet: 'sts',
  }),
  ...built('batch', 'v1', true, { CronJob: 'cj', Job: '' }),
  ...built('autoscaling', 'v2', true, { HorizontalPodAutoscaler: 'hpa' }),
  ...built('networking.k8s.io', 'v1', true, { Ingress: 'ing', NetworkPolicy: 'netpol' }),
  ...built('networking.k8s.io', 'v1', false, { IngressClass: '' }),
  ...built('policy', 'v1', true, { PodDisruptionBudget: 'pdb' }),
  ...built('rbac.authorization.k8s.io', 'v1', true, { Role: '', RoleBinding: '' }),
  ...built('rbac.authorization.k8s.io', 'v1', false, { ClusterRole: '', ClusterRoleBinding: '' }),
  ...built('storage.k8s.io', 'v1', false, { StorageClass: 'sc' }),
  ...built('scheduling.k8s.io', 'v1', false, { PriorityClass: 'pc' }),
  ...built('coordination.k8s.io', 'v1', true, { Lease: '' }),
  ...built('admissionregistration.k8s.io', 'v1', false, {
    MutatingWebhookConfiguration: '',
    ValidatingWebhookConfiguration: '',
  }),
  ...built('apiextensions.k8s.io', 'v1', false, { CustomResourceDefinition: 'crd' }),
];

const isEstablished = (definition: KubeObject): boolean =>
  listAt(mapAt(definition, 'status'), 'conditions').some(
    (condition) => isMap(condition) && condition['type'] === 'Established' && condition['status'] === 'True',
  );

/** What a CustomResourceDefinition defines, one entry for each served version; nothing before it is established. */
export const kindsOf = (definition: KubeObject): readonly Kind[] => {
  if (!isEstablished(definition)) return [];
  const spec = mapAt(definition, 'spec');
  const names = mapAt(spec, 'names');
  return listAt(spec, 'versions')
    .filter((version): version is JsonMap => isMap(version) && version['served'] !== false)
    .map((version) => ({
      group: textAt(spec, 'group') ?? '',
      version: textAt(version, 'name') ?? '',
      kind: textAt(names, 'kind') ?? '',
      plural: textAt(names, 'plural') ?? '',
      namespaced: textAt(spec, 'scope') !== 'Cluster',
      shortNames: listAt(names, 'shortNames').map(String),
      custom: true,
    }));
};
