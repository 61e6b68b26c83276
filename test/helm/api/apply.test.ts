import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonMap } from '../../../src/cluster/json.ts';
import { decodeFields, encodeFields, fieldsOf } from '../../../src/cluster/patch/field-set.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { ask, config, configs } from './ask.ts';

const cluster = () => startKubernetes({ namespaces: ['prod'] });
const by = (manager: string, more = '') => `${configs}/web?fieldManager=${manager}${more}`;

it('makes what is not there, and takes away what its manager no longer says', async () => {
  await using kubernetes = await cluster();
  const made = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', b: '2' }), 'apply');
  expect(made).toMatchObject({ status: 201, body: { data: { a: '1', b: '2' } } });
  const changed = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', c: '3' }), 'apply');
  expect(changed).toMatchObject({ status: 200 });
  expect(changed.body['data']).toEqual({ a: '1', c: '3' });
});

it('keeps what its manager no longer says where somebody else says it', async () => {
  await using kubernetes = await cluster();
  await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', b: '2' }), 'apply');
  expect((await ask(kubernetes, 'PATCH', by('flux'), config({ b: '2' }), 'apply')).status).toBe(200);
  const left = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1' }), 'apply');
  expect(left.body['data']).toEqual({ a: '1', b: '2' });
  const gone = await ask(kubernetes, 'PATCH', by('flux'), config({}), 'apply');
  expect(gone.body['data']).toEqual({ a: '1' });
});

it('refuses to change what belongs to another, by name, unless it is forced', async () => {
  await using kubernetes = await cluster();
  await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', b: '1' }), 'apply');
  kubernetes.edit(config({ a: 'theirs', b: 'theirs' }), 'kubectl-edit');
  const one = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', b: 'theirs' }), 'apply');
  expect(one).toMatchObject({
    status: 409,
    body: {
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] },
    },
  });
  const two = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1', b: '1' }), 'apply');
  expect(two.body['message']).toBe(
    'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using v1:\n- .data.a\n- .data.b',
  );
  expect(kubernetes.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { a: 'theirs', b: 'theirs' } });
  const forced = await ask(
    kubernetes,
    'PATCH',
    by('helm', '&force=true'),
    config({ a: '1', b: '1' }),
    'apply',
  );
  expect(forced).toMatchObject({ status: 200, body: { data: { a: '1', b: '1' } } });
  // And is its own from then on.
  expect((await ask(kubernetes, 'PATCH', by('helm'), config({ a: '2', b: '2' }), 'apply')).status).toBe(200);
});

it('shares a field with whoever says the same', async () => {
  await using kubernetes = await cluster();
  await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1' }), 'apply');
  expect((await ask(kubernetes, 'PATCH', by('flux'), config({ a: '1' }), 'apply')).status).toBe(200);
  expect((await ask(kubernetes, 'PATCH', by('flux'), config({ a: '2' }), 'apply')).status).toBe(409);
});

const workload = (env: readonly JsonMap[], more: JsonMap = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: {
    ...more,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web:1', env: [...env] }] },
    },
  },
});
const deployments = '/apis/apps/v1/namespaces/prod/deployments/web';

it('merges lists of named things by their names', async () => {
  await using kubernetes = await cluster();
  const said = (manager: string, env: readonly JsonMap[]) =>
    ask(kubernetes, 'PATCH', `${deployments}?fieldManager=${manager}`, workload(env), 'apply');
  await said('helm', [
    { name: 'A', value: '1' },
    { name: 'B', value: '1' },
  ]);
  await said('injector', [{ name: 'C', value: '1' }]);
  const changed = await said('helm', [{ name: 'A', value: '2' }]);
  expect(changed).toMatchObject({ status: 200 });
  expect(JSON.stringify(changed.body['spec'])).toContain(
    '"env":[{"name":"A","value":"2"},{"name":"C","value":"1"}]',
  );
});

it('leaves to an autoscaler what nobody applies', async () => {
  await using kubernetes = await cluster();
  const apply = (more: JsonMap) =>
    ask(kubernetes, 'PATCH', `${deployments}?fieldManager=helm`, workload([], more), 'apply');
  await apply({});
  await ask(kubernetes, 'PATCH', `${deployments}?fieldManager=hpa`, { spec: { replicas: 7 } }, 'merge');
  expect(await apply({})).toMatchObject({ status: 200, body: { spec: { replicas: 7 } } });
  expect(await apply({ replicas: 2 })).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining('"hpa" using v1: .spec.replicas') },
  });
});

it('refuses fields that the kind does not have, and a say in who owns what', async () => {
  await using kubernetes = await cluster();
  const typo = await ask(
    kubernetes,
    'PATCH',
    `${deployments}?fieldManager=helm`,
    workload([], { replica: 2 }),
    'apply',
  );
  expect(typo).toMatchObject({
    status: 500,
    body: { message: expect.stringContaining('.spec.replica: field not declared in schema') },
  });
  const owned = { ...config({}), metadata: { name: 'web', managedFields: [] } };
  expect((await ask(kubernetes, 'PATCH', by('helm'), owned, 'apply')).status).toBe(400);
});

it('changes nothing where there is nothing to change', async () => {
  await using kubernetes = await cluster();
  const first = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1' }), 'apply');
  const second = await ask(kubernetes, 'PATCH', by('helm'), config({ a: '1' }), 'apply');
  expect(second.body).toEqual(first.body);
});

const json = fc.letrec<{ value: JsonMap; leaf: JsonMap[string] }>((tie) => ({
  leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
  value: fc.dictionary(
    fc.oneof(
      fc.constantFrom('containers', 'env', 'selector', 'finalizers', 'data', 'a.b/c'),
      fc.string({ minLength: 1 }),
    ),
    fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      tie('value'),
      fc.array(fc.record({ name: fc.string(), value: tie('leaf') })),
    ),
    { maxKeys: 4 },
  ),
})).value;

it('writes down who owns what so that it reads the same again', () => {
  fc.assert(
    fc.property(json, (document) => {
      const fields = fieldsOf(document);
      expect(decodeFields(encodeFields(fields))).toEqual(fields);
    }),
  );
});
