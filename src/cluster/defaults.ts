import { isMap, type JsonMap, listAt, mapAt } from './json.ts';
import type { KubeObject } from './objects.ts';

const fill = (map: JsonMap, values: JsonMap): JsonMap => ({ ...values, ...map });

const pod = (spec: JsonMap): JsonMap => ({
  ...fill(spec, { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 }),
  containers: listAt(spec, 'containers').map((container) =>
    isMap(container)
      ? {
          ...fill(container, { imagePullPolicy: 'IfNotPresent', resources: {} }),
          ...(Array.isArray(container['ports'])
            ? {
                ports: container['ports'].map((port) =>
                  isMap(port) ? fill(port, { protocol: 'TCP' }) : port,
                ),
              }
            : {}),
        }
      : container,
  ),
});

const withPod = (spec: JsonMap): JsonMap => {
  const template = mapAt(spec, 'template');
  return { ...spec, template: { ...template, spec: pod(mapAt(template, 'spec')) } };
};

const serviceAddress = (object: KubeObject): string => {
  let sum = 0;
  for (const letter of object.metadata.name) sum = (sum * 31 + letter.charCodeAt(0)) % 64_000;
  return `10.96.${Math.floor(sum / 250)}.${(sum % 250) + 1}`;
};

/** What the server fills in where nobody said otherwise: the part of it that charts meet. */
export const withDefaults = (object: KubeObject): KubeObject => {
  const spec = mapAt(object, 'spec');
  switch (object.kind) {
    case 'Deployment':
      return {
        ...object,
        spec: withPod(
          fill(spec, {
            replicas: 1,
            revisionHistoryLimit: 10,
            progressDeadlineSeconds: 600,
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
          }),
        ),
      };
    case 'ReplicaSet':
      return { ...object, spec: withPod(fill(spec, { replicas: 1 })) };
    case 'StatefulSet':
      return {
        ...object,
        spec: withPod(
          fill(spec, {
            replicas: 1,
            podManagementPolicy: 'OrderedReady',
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          }),
        ),
      };
    case 'DaemonSet':
      return {
        ...object,
        spec: withPod(
          fill(spec, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } }),
        ),
      };
    case 'Job':
      return {
        ...object,
        spec: withPod(fill(spec, { backoffLimit: 6, completions: 1, parallelism: 1, suspend: false })),
      };
    case 'Service': {
      const address = spec['type'] === 'ExternalName' ? {} : { clusterIP: serviceAddress(object) };
      return { ...object, spec: fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', ...address }) };
    }
    case 'Secret':
      return {
        ...object,
        type: object['type'] ?? 'Opaque',
      };
    case 'Namespace':
      return { ...object, spec: fill(spec, { finalizers: ['kubernetes'] }), status: { phase: 'Active' } };
    default:
      return object;
  }
};

/** A Secret's `stringData` becomes `data`, and is not kept. */
export const withoutStringData = (object: KubeObject): KubeObject => {
  const plain = object['stringData'];
  if (object.kind !== 'Secret' || !isMap(plain)) return object;
  const { stringData: _, ...rest } = object;
  const data = Object.fromEntries(
    Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]),
  );
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
    data: { ...mapAt(object, 'data'), ...data },
  };
};
