import { isMap, type Json } from '../json.ts';

/** Lists of objects that are merged by a key, by the field that holds them. */
const byField: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  conditions: 'type',
  topologySpreadConstraints: 'topologyKey',
  ownerReferences: 'uid',
  podIPs: 'ip',
  webhooks: 'name',
};

/** The key by which a strategic merge patch finds the items of a list; null for one that is replaced whole. */
export const mergeKey = (field: string, items: readonly Json[]): string | null => {
  const maps = items.filter(isMap);
  if (field === 'ports') {
    if (maps.some((item) => 'containerPort' in item)) return 'containerPort';
    // Of a Service; those of a NetworkPolicy have no name to go by and are replaced whole.
    return maps.length > 0 && maps.every((item) => 'port' in item) ? 'port' : null;
  }
  return byField[field] ?? null;
};

/** The keys by which server-side apply tells items apart: those of ports with the protocol. */
export const applyKeys = (field: string, items: readonly Json[]): readonly string[] | null => {
  const key = mergeKey(field, items);
  if (key === null) return null;
  return field === 'ports' ? [key, 'protocol'] : [key];
};

/** Lists of plain values that are sets. */
export const isSet = (field: string): boolean => field === 'finalizers';

/** Maps that have one owner, whatever is in them. */
export const isAtomicMap = (field: string): boolean =>
  [
    'selector',
    'nodeSelector',
    'labelSelector',
    'namespaceSelector',
    'podSelector',
    'secretKeyRef',
    'configMapKeyRef',
    'fieldRef',
    'resourceFieldRef',
    'secretRef',
    'configMapRef',
    'claimRef',
    'roleRef',
    'scaleTargetRef',
  ].includes(field);
