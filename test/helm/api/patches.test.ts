import { expect, it } from 'vitest';
import type { Json, JsonMap } from '../../../src/cluster/json.ts';
import { jsonPatch, mergePatch } from '../../../src/cluster/patch/plain.ts';
import { strategicMerge } from '../../../src/cluster/patch/strategic.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { ask, config, configs } from './ask.ts';

interface Case {
  readonly says: string;
  readonly live: JsonMap;
  readonly patch: JsonMap;
  readonly result: JsonMap;
}

// Of apimachinery's and kubectl's documentation of strategic merge patches.
const cases: readonly Case[] = [
  {
    says: 'maps are merged, and null takes away',
    live: { data: { a: '1', b: '2' } },
    patch: { data: { b: null, c: '3' } },
    result: { data: { a: '1', c: '3' } },
  },
  {
    says: 'things with a name are merged by it',
    live: {
      containers: [
        { name: 'a', image: 'a:1', tty: true },
        { name: 'b', image: 'b:1' },
      ],
    },
    patch: { containers: [{ name: 'a', image: 'a:2' }] },
    result: {
      containers: [
        { name: 'a', image: 'a:2', tty: true },
        { name: 'b', image: 'b:1' },
      ],
    },
  },
  {
    says: 'one of them goes',
    live: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    patch: { env: [{ name: 'A', $patch: 'delete' }] },
    result: { env: [{ name: 'B', value: '2' }] },
  },
  {
    says: 'all of them are replaced',
    live: { env: [{ name: 'A', value: '1' }] },
    patch: { env: [{ $patch: 'replace' }, { name: 'B', value: '2' }] },
    result: { env: [{ name: 'B', value: '2' }] },
  },
  {
    says: 'a new one takes the place that the patch gives it',
    live: {
      env: [
        { name: 'A', value: '1' },
        { name: 'C', value: '3' },
      ],
    },
    patch: {
      '$setElementOrder/env': [{ name: 'A' }, { name: 'B' }, { name: 'C' }],
      env: [{ name: 'B', value: '2' }],
    },
    result: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
        { name: 'C', value: '3' },
      ],
    },
  },
  {
    says: 'ports of containers go by their number, mounts by their path',
    live: { ports: [{ containerPort: 80, name: 'http' }], volumeMounts: [{ mountPath: '/a', name: 'x' }] },
    patch: { ports: [{ containerPort: 81 }], volumeMounts: [{ mountPath: '/a', readOnly: true }] },
    result: {
      ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }],
      volumeMounts: [{ mountPath: '/a', name: 'x', readOnly: true }],
    },
  },
  {
    says: 'lists without a key are replaced whole',
    live: { args: ['a', 'b'], tolerations: [{ key: 'x' }] },
    patch: { args: ['c'], tolerations: [{ key: 'y' }] },
    result: { args: ['c'], tolerations: [{ key: 'y' }] },
  },
  {
    says: 'only the keys that are to be kept are',
    live: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    result: { strategy: { type: 'Recreate' } },
  },
  {
    says: 'a map is replaced',
    live: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    patch: { strategy: { $patch: 'replace', type: 'Recreate' } },
    result: { strategy: { type: 'Recreate' } },
  },
  {
    says: 'finalizers are a set',
    live: { finalizers: ['a', 'b'] },
    patch: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] },
    result: { finalizers: ['b', 'c'] },
  },
];

it.each(cases)('strategic: $says', ({ live, patch, result }) => {
  expect(strategicMerge(live, patch)).toEqual(result);
});

// The table of RFC 7386, appendix A, as far as it is of objects.
it.each<[Json, Json, Json]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge: %j with %j is %j', (live, patch, result) => {
  expect(mergePatch(live, patch)).toEqual(result);
});

it('json: every operation, in lists and in maps', () => {
  const patch = [
    { op: 'test', path: '/a~1b', value: 1 },
    { op: 'add', path: '/list/1', value: 'x' },
    { op: 'add', path: '/list/-', value: 'z' },
    { op: 'replace', path: '/list/0', value: 'A' },
    { op: 'copy', from: '/list/0', path: '/copied' },
    { op: 'move', from: '/a~1b', path: '/moved' },
    { op: 'remove', path: '/gone' },
  ];
  expect(jsonPatch({ 'a/b': 1, list: ['a', 'b'], gone: true }, patch)).toEqual({
    list: ['A', 'x', 'b', 'z'],
    copied: 'A',
    moved: 1,
  });
  expect(() => jsonPatch({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }])).toThrow('test failed');
  expect(() => jsonPatch({ a: 1 }, [{ op: 'remove', path: '/b' }])).toThrow('no such path');
});

it('says who changed what, whichever patch it was', async () => {
  await using cluster = await startKubernetes({ namespaces: ['prod'] });
  await ask(cluster, 'POST', `${configs}?fieldManager=helm`, config({ a: '1', b: '1' }));
  const patched = await ask(
    cluster,
    'PATCH',
    `${configs}/web?fieldManager=edit`,
    { data: { b: '2' } },
    'strategic',
  );
  expect(patched.body['metadata']).toMatchObject({
    managedFields: [
      { manager: 'helm', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } },
      { manager: 'edit', operation: 'Update', fieldsV1: { 'f:data': { 'f:b': {} } } },
    ],
  });
});

it('takes no strategic patch of what a definition defines', async () => {
  await using cluster = await startKubernetes({ namespaces: ['prod'] });
  cluster.edit({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'queues.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Queue', plural: 'queues' },
      versions: [{ name: 'v1', served: true, storage: true }],
    },
  });
  const queues = '/apis/example.com/v1/namespaces/prod/queues';
  await expect.poll(async () => (await ask(cluster, 'GET', queues)).status).toBe(200);
  const queue = {
    apiVersion: 'example.com/v1',
    kind: 'Queue',
    metadata: { name: 'mail' },
    spec: { size: 1 },
  };
  expect((await ask(cluster, 'POST', queues, queue)).status).toBe(201);
  const change = { spec: { size: 2 } };
  expect((await ask(cluster, 'PATCH', `${queues}/mail`, change, 'strategic')).status).toBe(415);
  expect(await ask(cluster, 'PATCH', `${queues}/mail`, change, 'merge')).toMatchObject({
    status: 200,
    body: { spec: { size: 2 }, metadata: { generation: 2 } },
  });
});
