/** Terraform and Helm in one repository, from a pull request to a release that somebody edits by hand, and back. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Drift } from '../../src/domain/drift/drift.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { ask, eventually, open, row } from '../support/acts.ts';
import { configMap, deployment } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { runTool, toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, tellStory } from '../support/story.ts';

const network = (address: string) => `resource "terraform_data" "balancer" {
  input = "${address}"
}

output "address" {
  value = terraform_data.balancer.output
}

output "password" {
  value     = sha256(terraform_data.balancer.output)
  sensitive = true
}
`;

const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - { name: network, dir: network }
  - name: shop
    dir: deploy/shop
    runner: helm
    apply: merge
    drift: { mode: issue, threshold: 1 }
    with:
      namespace: prod
      context: test
      chart: ../../charts/shop
      values: [values.yaml, values-production.yaml]
    depends_on: [{ project: network, outputs: [address, password] }]
    feeds:
      ingress.host: { project: network, output: address }
      db.password: { project: network, output: password }
`,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('10.0.0.0'),
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/templates/map.yaml': `${configMap}  host: {{ .Values.ingress.host | quote }}\n`,
  'charts/shop/templates/web.yaml': deployment,
  'charts/shop/templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n  password: {{ .Values.db.password | quote }}\n',
  'deploy/shop/values.yaml': 'message: hello\nreplicas: 1\n',
  'deploy/shop/values-production.yaml': 'replicas: 2\n',
});

const issueList = z.array(
  z.object({
    number: z.number(),
    title: z.string(),
    state: z.string(),
    body: z.string().nullable(),
    comments: z.number(),
  }),
);

const texts = z.record(z.string(), z.string());

const scene = async () => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const environment = cluster.environment(temporaryFolder('home'));
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    files,
    operator: 'env: { plan: [KUBECONFIG], apply: [KUBECONFIG] }\ndrift: { jitter: 0m }\n',
    environment: {
      PATH: `${toolsOf(4)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: environment['KUBECONFIG'],
    },
    app: {
      around: (ports) => {
        got.ports = ports;
        return ports;
      },
    },
  });
  const { ports } = got;
  if (ports === undefined) throw new Error('there is no server');
  const { store } = ports;
  const tracked = async () =>
    (await store.tracked.all()).find(({ project }) => project.name === 'shop') ?? null;
  const drift = async (): Promise<Drift> => {
    const shop = await tracked();
    const found = shop === null ? null : await store.drifts.get(shop.key);
    if (found === null) throw new Error('nobody looks at it');
    return found;
  };
  return {
    cluster,
    story,
    tracked,
    drift,
    /** Until a look that began after this one has ended. */
    looked: (after: number | null): Promise<Drift> =>
      eventually(async () => {
        const now = await drift();
        expect(now).toMatchObject({ underWay: null, askedAt: null });
        expect(now.checkedAt).not.toBe(after);
        return now;
      }),
    askForLook: async (): Promise<number | null> => {
      const { project, checkedAt } = await drift();
      await store.drifts.ask(project, Date.now());
      // Whatever is heard of rings for everybody.
      await story.ada.comment(1, '/help');
      return checkedAt;
    },
    kubectl: (...args: readonly string[]) => runTool('kubectl', 4, [...args, '-n', 'prod'], environment),
    issues: async () => {
      await story.settled();
      const all = await ask(story, 'ada', 'GET', '/issues?state=all');
      return issueList.parse(all).filter(({ title }) => /drift/i.test(title));
    },
    revisions: () => cluster.objects({ kind: 'Secret', name: /^sh\.helm\.release/ }).length,
    data: (kind: string) => texts.parse(cluster.object(kind, 'prod', 'shop')?.['data']),
    [Symbol.asyncDispose]: async () => {
      await story[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
};

test('a release is fed by Terraform, waits while it is suspended, and is put back where somebody edits it by hand', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  await using all = await scene();
  const { cluster, story, data } = all;
  const { ada, grace } = story;

  // Stages: what Terraform puts out is among the values, and what is sensitive of it stays hidden.
  await open(story, 'both', {
    'network/main.tf': network('10.1.0.0'),
    'deploy/shop/values.yaml': 'message: hello again\nreplicas: 1\n',
  });
  await story.settled();
  expect(await row(story, 1, 'shop')).toContain('waits for `network`');
  await ada.comment(1, '/apply');
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('✓ applied');
  expect(await row(story, 1, 'shop')).toContain('| 3 | 0 | 0 | 0 | planned |');
  const board = await story.board(1);
  expect(board).toContain('10.1.0.0');
  expect(board).toMatch(/core\/Secret\/prod\/shop/);
  expect(cluster.object('ConfigMap', 'prod', 'shop')).toBeNull();
  await grace.approve(1);
  await ada.merge(1);
  await story.settled();
  expect(await row(story, 1, 'shop')).toContain('✓ applied');
  expect(data('ConfigMap')).toEqual({ host: '10.1.0.0', message: 'hello again' });
  expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 2 } });
  const password = Buffer.from(data('Secret')['password'] ?? '', 'base64').toString();
  expect(password).toMatch(/^[0-9a-f]{64}$/);
  expect(board).not.toContain(password);

  // What the merge asks for waits for whoever suspended it.
  await open(story, 'more', { 'deploy/shop/values-production.yaml': 'replicas: 3\n' });
  await story.settled();
  expect(await row(story, 2, 'shop')).toContain('| 0 | 1 | 0 | 0 | planned |');
  await grace.comment(2, '/suspend shop 1h the shop is being moved');
  await story.settled();
  await grace.approve(2);
  await ada.merge(2);
  await story.settled();
  expect(await story.board(2)).toContain('is suspended');
  expect(all.revisions()).toBe(1);
  await ada.comment(2, '/resume shop');
  await story.settled();
  await eventually(() =>
    expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 3 } }),
  );
  await story.settled();
  expect(all.revisions()).toBe(2);

  // Somebody edits by hand: told in one issue, put back from there, and quiet.
  expect(await all.looked(await all.askForLook())).toMatchObject({ status: 'clean' });
  expect(await all.issues()).toEqual([]);
  const patch = JSON.stringify({ data: { message: 'by hand' } });
  expect(await all.kubectl('patch', 'configmap', 'shop', '--type=merge', '-p', patch)).toMatchObject({
    exitCode: 0,
  });
  expect(await all.kubectl('delete', 'deployment', 'shop')).toMatchObject({ exitCode: 0 });
  expect(await all.looked(await all.askForLook())).toMatchObject({
    status: 'drifted',
    counts: { create: 1, update: 1 },
  });
  const [issue, ...more] = await all.issues();
  expect(more).toEqual([]);
  expect(issue).toMatchObject({ state: 'open', body: expect.stringContaining('core/ConfigMap/prod/shop') });
  const number = issue?.number ?? 0;
  await ada.comment(number, '/plan');
  await story.settled();
  const { checkedAt } = await all.drift();
  await ada.comment(number, '/apply');
  await story.settled();
  expect(data('ConfigMap')).toMatchObject({ message: 'hello again' });
  expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 3 } });
  expect(all.revisions()).toBe(3);
  expect(await all.looked(checkedAt)).toMatchObject({ status: 'clean' });
  const [closed] = await all.issues();
  expect(closed).toMatchObject({ number, state: 'closed' });
  expect(await all.looked(await all.askForLook())).toMatchObject({ status: 'clean' });
  expect(await all.issues()).toEqual([closed]);
  expect(all.revisions()).toBe(3);

  // Where nobody may look at what is there nothing is clean.
  const fault = cluster.fault(
    { method: 'PATCH', dryRun: true },
    { kind: 'status', status: 403, reason: 'Forbidden', message: 'no' },
  );
  const version = await all.tracked();
  expect(await all.looked(await all.askForLook())).toMatchObject({ status: 'failed', fingerprint: null });
  expect(await all.tracked()).toEqual(version);
  fault.release();
  expect(await all.looked(await all.askForLook())).toMatchObject({ status: 'clean' });
});
