import { expect, it } from 'vitest';
import { isMap, listAt } from '../../../src/cluster/json.ts';
import { type Kubernetes, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { ask, config, configs } from './ask.ts';

const start = () => startKubernetes({ namespaces: ['prod'] });

const labelled = (name: string, labels: Readonly<Record<string, string>>) => ({
  ...config({}, name),
  metadata: { name, namespace: 'prod', labels: { ...labels } },
});

it('makes an object once, in a namespace that is there', async () => {
  await using cluster = await start();
  expect(await ask(cluster, 'POST', configs, config({ a: '1' }))).toMatchObject({
    status: 201,
    body: {
      metadata: {
        name: 'web',
        namespace: 'prod',
        uid: expect.any(String),
        resourceVersion: expect.any(String),
      },
    },
  });
  expect(await ask(cluster, 'POST', configs, config({ a: '2' }))).toMatchObject({
    status: 409,
    body: { kind: 'Status', reason: 'AlreadyExists', message: 'configmaps "web" already exists' },
  });
  const elsewhere = { ...config({}), metadata: { name: 'web', namespace: 'nowhere' } };
  expect(await ask(cluster, 'POST', '/api/v1/namespaces/nowhere/configmaps', elsewhere)).toMatchObject({
    status: 404,
    body: { message: 'namespaces "nowhere" not found' },
  });
  expect((await ask(cluster, 'POST', configs, elsewhere)).status).toBe(400);
});

it('writes nothing in a dry run, and says what it would', async () => {
  await using cluster = await start();
  await ask(cluster, 'POST', configs, config({ a: '1' }));
  const before = cluster.objects();
  const dry = '?dryRun=All&fieldManager=me';
  expect((await ask(cluster, 'POST', `${configs}${dry}`, config({}, 'new'))).status).toBe(201);
  expect(await ask(cluster, 'PATCH', `${configs}/web${dry}`, config({ b: '1' }), 'apply')).toMatchObject({
    status: 200,
    body: { data: { a: '1', b: '1' } },
  });
  expect((await ask(cluster, 'PATCH', `${configs}/web${dry}`, { data: { a: '2' } }, 'merge')).status).toBe(
    200,
  );
  expect((await ask(cluster, 'PUT', `${configs}/web${dry}`, config({ a: '3' }))).status).toBe(200);
  expect((await ask(cluster, 'DELETE', `${configs}/web${dry}`)).status).toBe(200);
  expect((await ask(cluster, 'DELETE', `${configs}/web`, { dryRun: ['All'] })).status).toBe(200);
  expect(cluster.objects()).toEqual(before);
});

it('replaces only what it was told of, where it was told', async () => {
  await using cluster = await start();
  const made = await ask(cluster, 'POST', configs, config({ a: '1' }));
  cluster.edit(config({ a: '2' }));
  const old = { ...config({ a: '3' }), metadata: made.body['metadata'] };
  expect(await ask(cluster, 'PUT', `${configs}/web`, old)).toMatchObject({
    status: 409,
    body: { reason: 'Conflict' },
  });
  expect(await ask(cluster, 'PUT', `${configs}/web`, config({ a: '3' }))).toMatchObject({
    status: 200,
    body: { data: { a: '3' } },
  });
});

const names = (cluster: Kubernetes, query: string) =>
  ask(cluster, 'GET', `${configs}?${query}`).then(({ body }) =>
    listAt(body, 'items').map((item) =>
      isMap(item) && isMap(item['metadata']) ? item['metadata']['name'] : null,
    ),
  );

it.each<[string, readonly string[]]>([
  ['', ['a', 'b', 'c']],
  ['labelSelector=app=web', ['a', 'b']],
  ['labelSelector=app=web,tier!=db', ['a']],
  ['labelSelector=tier in (db,cache)', ['b', 'c']],
  ['labelSelector=app notin (web),tier', ['c']],
  ['labelSelector=!app', ['c']],
  ['fieldSelector=metadata.name=b', ['b']],
  ['fieldSelector=metadata.namespace!=prod', []],
])('selects %s', async (query, expected) => {
  await using cluster = await start();
  await ask(cluster, 'POST', configs, labelled('a', { app: 'web' }));
  await ask(cluster, 'POST', configs, labelled('b', { app: 'web', tier: 'db' }));
  await ask(cluster, 'POST', configs, labelled('c', { tier: 'cache' }));
  expect(await names(cluster, encodeURI(query))).toEqual(expected);
});

/** The lines of a watch, as they come. */
async function* watched(cluster: Kubernetes, query: string, signal: AbortSignal) {
  const response = await fetch(`${cluster.url}${configs}?watch=true&${query}`, { signal });
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + Buffer.from(chunk).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

it('tells a watch what happens from a version on, and what no longer fits as gone', async () => {
  await using cluster = await start();
  const version = listVersion(await ask(cluster, 'GET', configs));
  await ask(cluster, 'POST', configs, labelled('a', { app: 'web' }));
  const end = new AbortController();
  const seen: string[] = [];
  for await (const { type, object } of watched(
    cluster,
    `resourceVersion=${version}&labelSelector=app%3Dweb`,
    end.signal,
  )) {
    seen.push(`${type} ${object.metadata.name}`);
    if (seen.length === 1) cluster.edit(labelled('b', { app: 'db' }));
    if (seen.length === 1) cluster.edit(labelled('a', { app: 'web', tier: 'x' }));
    if (seen.length === 2) cluster.edit(labelled('b', { app: 'web' }));
    if (seen.length === 3) cluster.edit(labelled('b', { app: 'db' }));
    if (seen.length === 4) cluster.remove('ConfigMap', 'prod', 'a');
    if (seen.length === 5) break;
  }
  end.abort();
  expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'ADDED b', 'DELETED b', 'DELETED a']);
});

it('begins a watch with what is there, and says when that was all', async () => {
  await using cluster = await start();
  await ask(cluster, 'POST', configs, config({}, 'a'));
  const end = new AbortController();
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const seen: unknown[] = [];
  for await (const event of watched(cluster, query, end.signal)) {
    seen.push(event);
    if (event.type === 'BOOKMARK') break;
  }
  end.abort();
  expect(seen).toMatchObject([
    { type: 'ADDED', object: { metadata: { name: 'a' } } },
    {
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        metadata: {
          resourceVersion: expect.any(String),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    },
  ]);
});

it('ends a watch when its time is over', async () => {
  await using cluster = await start();
  const seen: unknown[] = [];
  for await (const event of watched(
    cluster,
    'resourceVersion=1&timeoutSeconds=1',
    AbortSignal.timeout(30_000),
  ))
    seen.push(event);
  expect(seen).toEqual([]);
});

const listVersion = ({ body }: Awaited<ReturnType<typeof ask>>): string =>
  isMap(body['metadata']) ? String(body['metadata']['resourceVersion']) : '';

it('keeps what has a finalizer until that is gone, and deletes only what was meant', async () => {
  await using cluster = await start();
  cluster.edit({
    ...config({}),
    metadata: { name: 'web', namespace: 'prod', finalizers: ['example.com/wait'] },
  });
  const wrong = { preconditions: { uid: 'another' } };
  expect((await ask(cluster, 'DELETE', `${configs}/web`, wrong)).status).toBe(409);
  expect(await ask(cluster, 'DELETE', `${configs}/web`)).toMatchObject({
    status: 200,
    body: { metadata: { deletionTimestamp: expect.any(String) } },
  });
  expect(cluster.object('ConfigMap', 'prod', 'web')).not.toBeNull();
  await ask(cluster, 'PATCH', `${configs}/web`, { metadata: { finalizers: null } }, 'merge');
  expect(cluster.object('ConfigMap', 'prod', 'web')).toBeNull();
  expect((await ask(cluster, 'DELETE', `${configs}/web`)).status).toBe(404);
});

it('takes away what belongs to what is gone, and all of a namespace', async () => {
  await using cluster = await start();
  const spec = { containers: [{ name: 'web', image: 'web:1' }] };
  cluster.edit({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec },
    },
  });
  const kinds = () => cluster.objects({ namespace: 'prod' }).map(({ kind }) => kind);
  await expect.poll(kinds).toEqual(['Pod', 'Deployment', 'ReplicaSet']);
  cluster.remove('Deployment', 'prod', 'web');
  await expect.poll(kinds).toEqual([]);
  cluster.edit(config({}));
  await ask(cluster, 'DELETE', '/api/v1/namespaces/prod');
  await expect.poll(() => cluster.objects({ name: /^(prod|web)$/ })).toEqual([]);
});

it('refuses what a server refuses', async () => {
  await using cluster = await start();
  const large = config({ big: 'x'.repeat(1_048_577) });
  expect(await ask(cluster, 'POST', configs, large)).toMatchObject({
    status: 422,
    body: {
      reason: 'Invalid',
      message: expect.stringContaining('Too long: may not be more than 1048576 bytes'),
    },
  });
  expect((await ask(cluster, 'POST', configs, config({}, 'No_Name'))).status).toBe(422);
  const typo = { ...config({}), dat: {} };
  expect(await ask(cluster, 'POST', `${configs}?fieldValidation=Strict`, typo)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('strict decoding error: unknown field "dat"') },
  });
  expect(await ask(cluster, 'POST', configs, typo)).toMatchObject({
    status: 201,
    body: { kind: 'ConfigMap' },
  });
  const flag = { ...config({}, 'flag'), data: { on: true } };
  expect(await ask(cluster, 'POST', configs, flag)).toMatchObject({
    status: 400,
    body: {
      message: expect.stringContaining('cannot unmarshal boolean into Go struct field ConfigMap.data.on'),
    },
  });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'prod' }, type: 'a' };
  cluster.edit(secret);
  expect(
    await ask(cluster, 'PATCH', '/api/v1/namespaces/prod/secrets/s', { type: 'b' }, 'merge'),
  ).toMatchObject({ status: 422, body: { message: expect.stringContaining('field is immutable') } });
});

it('counts a generation where the spec changes, and nothing where nothing does', async () => {
  await using cluster = await start();
  const services = '/api/v1/namespaces/prod/services';
  const made = await ask(cluster, 'POST', services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: 80 }] },
  });
  expect(made.body).toMatchObject({ metadata: { generation: 1 }, spec: { clusterIP: expect.any(String) } });
  const same = await ask(cluster, 'PATCH', `${services}/web`, { spec: { type: 'ClusterIP' } }, 'merge');
  expect(same.body).toEqual(made.body);
  const label = await ask(cluster, 'PATCH', `${services}/web`, { metadata: { labels: { a: 'b' } } }, 'merge');
  expect(label.body).toMatchObject({ metadata: { generation: 1 } });
  const port = await ask(cluster, 'PATCH', `${services}/web`, { spec: { ports: [{ port: 81 }] } }, 'merge');
  expect(port.body).toMatchObject({ metadata: { generation: 2 } });
});

it('answers no page of a browser, under whatever name it comes', async () => {
  await using cluster = await startKubernetes();
  const status = async (url: string, headers: Readonly<Record<string, string>> = {}) =>
    (await fetch(`${url}/api/v1/namespaces`, { headers })).status;
  expect(await status(cluster.url)).toBe(200);
  expect(await status(cluster.url, { origin: 'http://evil.example' })).toBe(403);
  expect(await status(cluster.url.replace('127.0.0.1', 'localhost'))).toBe(403);
});

it('has a webhook of the cluster change what is written, and refuse it', async () => {
  const { Refusal } = await import('../../../src/cluster/refusal.ts');
  await using cluster = await startKubernetes({
    namespaces: ['prod'],
    admission: (object) => {
      if (object.metadata.name === 'forbidden')
        throw new Refusal(403, 'admission webhook "names.example.com" denied the request: no such name');
      return object.kind === 'ConfigMap' ? { ...object, data: { injected: 'yes' } } : object;
    },
  });
  expect(await ask(cluster, 'POST', `${configs}?dryRun=All`, config({ a: '1' }))).toMatchObject({
    status: 201,
    body: { data: { injected: 'yes' } },
  });
  expect((await ask(cluster, 'POST', configs, config({}, 'forbidden'))).status).toBe(403);
});

it('fails whoever asks for what it does not know', async () => {
  const cluster = await start();
  expect((await ask(cluster, 'GET', '/healthz')).status).toBe(404);
  // What might be served one day is merely not there.
  expect((await ask(cluster, 'GET', '/apis/example.com/v1')).status).toBe(404);
  await expect(cluster.close()).rejects.toThrow(/what it does not know:\nGET \/healthz$/);
});

it('is another cluster each time', async () => {
  await using one = await start();
  await using two = await startKubernetes({ uid: 'known' });
  expect(one.object('Namespace', '', 'kube-system')?.metadata['uid']).toBe(one.uid);
  expect(one.uid).not.toBe(two.uid);
  expect((await ask(two, 'GET', '/api/v1/namespaces/kube-system')).body).toMatchObject({
    metadata: { uid: 'known' },
  });
});
