import { expect, it } from 'vitest';
import type { Behaviour } from '../../../src/cluster/behaviours.ts';
import type { KubeObject } from '../../../src/cluster/objects.ts';
import { configMap, deployment, hookJob, service, writeChart } from '../../support/kubernetes/chart.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { type Major, majors, runTool } from '../../support/kubernetes/tools.ts';
import { temporaryFolder } from '../../support/leftovers.ts';

const scene = async (
  major: Major,
  behaviours: Readonly<Record<string, Behaviour>>,
  files: Readonly<Record<string, string>>,
) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  for (const [kind, behaviour] of Object.entries(behaviours)) cluster.behave({ kind }, behaviour);
  const environment = cluster.environment(temporaryFolder('home'));
  const chart = writeChart(files);
  const helm = (...args: string[]) => runTool('helm', major, [...args, '-n', 'prod'], environment);
  const upgrade = (message: string, ...more: string[]) =>
    helm('upgrade', '--install', 'web', chart, '--set', `message=${message}`, ...more);
  const states = async () => {
    const history: { readonly revision: number; readonly status: string }[] = JSON.parse(
      (await helm('history', 'web', '-o', 'json')).stdout,
    );
    return history.map(({ revision, status }) => `${revision} ${status}`);
  };
  return { cluster, helm, upgrade, states, [Symbol.asyncDispose]: cluster.close };
};

const web = { 'templates/deployment.yaml': deployment, 'templates/service.yaml': service };
const workload = (kind: string, more: string) => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: web-${kind.toLowerCase()} }
spec:
  ${more}
  selector: { matchLabels: { app: ${kind} } }
  template:
    metadata: { labels: { app: ${kind} } }
    spec: { containers: [{ name: web, image: "web:{{ .Values.message }}" }] }
`;

it.each(majors)('helm %i waits until everything is ready', async (major) => {
  await using all = await scene(
    major,
    { Deployment: { delayMs: 700 }, StatefulSet: { delayMs: 100 }, PersistentVolumeClaim: { delayMs: 100 } },
    {
      ...web,
      'templates/set.yaml': workload('StatefulSet', 'serviceName: web'),
      'templates/daemon.yaml': workload('DaemonSet', ''),
      'templates/claim.yaml':
        'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: web }\nspec: { accessModes: [ReadWriteOnce] }\n',
    },
  );
  const { cluster, upgrade, states } = all;
  expect(await upgrade('1', '--wait', '--timeout', '30s')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(cluster.object('Deployment', 'prod', 'web')).toMatchObject({ status: { readyReplicas: 2 } });
  expect(await states()).toEqual(['1 deployed']);
});

it.each(majors)('helm %i gives up on what is never ready, and says the release has failed', async (major) => {
  await using all = await scene(major, {}, web);
  const { cluster, upgrade, states } = all;
  expect(await upgrade('1', '--wait', '--timeout', '20s')).toMatchObject({ exitCode: 0 });
  cluster.behave({ kind: 'Deployment' }, { outcome: 'never' });
  expect(await upgrade('2', '--wait', '--timeout', '1s')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/deadline exceeded/),
  });
  expect(await states()).toEqual(['1 deployed', '2 failed']);
});

it.each(majors)('helm %i takes an upgrade back that is never ready, where it is asked to', async (major) => {
  await using all = await scene(major, {}, { 'templates/config.yaml': configMap, ...web });
  const { cluster, upgrade, states } = all;
  await upgrade('1');
  const isSecond = (object: KubeObject) => JSON.stringify(object['spec']).includes('"value":"2"');
  cluster.behave({ kind: 'Deployment', where: isSecond }, { outcome: 'never' });
  const back = major === 3 ? '--atomic' : '--rollback-on-failure';
  // Helm 3 looks every other second.
  expect(await upgrade('2', back, '--timeout', major === 3 ? '3s' : '1s')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/has been rolled back due to/),
  });
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: '1' } });
  expect(await states()).toEqual(['1 superseded', '2 failed', '3 deployed']);
});

const hooked = { 'templates/config.yaml': configMap, 'templates/hook.yaml': hookJob };

it.each(majors)('helm %i stops at a hook that fails, before it changes anything', async (major) => {
  await using all = await scene(major, {}, hooked);
  const { cluster, upgrade, states } = all;
  await upgrade('1');
  cluster.behave({ kind: 'Job' }, { outcome: 'failed', log: 'no such table' });
  expect(await upgrade('2')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/pre-upgrade hooks failed/),
  });
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: '1' } });
  expect(await states()).toEqual(['1 deployed', '2 failed']);
});

it.each(majors)('helm %i waits for a hook only as long as it may', async (major) => {
  await using all = await scene(major, { Job: { outcome: 'never' } }, hooked);
  const { cluster, upgrade, states } = all;
  const ran = await upgrade('1', '--timeout', '1s');
  expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/deadline|timed out/) });
  expect(cluster.object('ConfigMap', 'prod', 'web')).toBeNull();
  expect(await states()).toEqual(['1 failed']);
});

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: queues.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Queue, plural: queues, singular: queue, listKind: QueueList }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
`;
const queue = `apiVersion: example.com/v1
kind: Queue
metadata: { name: mail }
spec: { size: "{{ .Values.message }}" }
`;

it.each(majors)(
  'helm %i waits for a definition before what it defines, helm 4 only if told to',
  async (major) => {
    await using all = await scene(
      major,
      { CustomResourceDefinition: { delayMs: 300 } },
      { 'crds/queue.yaml': definition, 'templates/queue.yaml': queue },
    );
    const { cluster, upgrade } = all;
    // Nothing is made in a dry run, the definition neither: what it defines can not be looked at.
    const unknown = { exitCode: 1, stderr: expect.stringContaining('no matches for kind "Queue"') };
    expect(await upgrade('1', '--dry-run=server')).toMatchObject(unknown);
    if (major === 4) {
      expect(await upgrade('1')).toMatchObject(unknown);
      cluster.remove('CustomResourceDefinition', '', 'queues.example.com');
    }
    expect(await upgrade('1', '--wait')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await upgrade('2')).toMatchObject({ exitCode: 0 });
    expect(cluster.object('Queue', 'prod', 'mail')).toMatchObject({ spec: { size: '2' } });
  },
);
