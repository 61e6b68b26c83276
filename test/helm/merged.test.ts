/** What becomes of a release after the merge: taken back (decision 55), and what a plan says of it that could not look (decision 62). */
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { configMap, deployment, writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, majors, runTool, toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { tellStory } from '../support/story.ts';

const claim = `{{- if .Values.keeps }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-data
spec:
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
{{- end }}
`;

const values = (message: string, replicas: number, keeps: boolean): string =>
  `message: ${message}\nreplicas: ${replicas}\nkeeps: ${keeps}\n`;
const file = 'deploy/shop/values.yaml';

const repository = {
  'tidegate.yaml': `version: 1
projects:
  - name: shop
    dir: deploy/shop
    runner: helm
    with: { namespace: prod, context: test, chart: ../../charts/shop, values: [values.yaml] }
`,
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/templates/map.yaml': configMap,
  'charts/shop/templates/web.yaml': deployment,
  'charts/shop/templates/claim.yaml': claim,
  [file]: values('never applied', 1, true),
};

const history = z.array(z.object({ revision: z.number(), status: z.string() }));

const shopOn = async (major: Major) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const given = cluster.environment(temporaryFolder('home'));
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    files: () => repository,
    permissions: { contents: 'write' },
    operator: 'env: { plan: [KUBECONFIG], apply: [KUBECONFIG] }\n',
    environment: {
      PATH: `${toolsOf(major)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: given['KUBECONFIG'],
    },
    app: { around: (ports) => (got.ports = ports) },
  });
  const { ada } = story;
  const helm = (...args: readonly string[]) => runTool('helm', major, [...args, '-n', 'prod'], given);
  return {
    cluster,
    story,
    helm,
    proposed: async (number: number, files: Readonly<Record<string, string>>) => {
      await ada.push(`change-${number}`, files, 'A change');
      await ada.openPull(`change-${number}`, 'A change');
      await story.settled();
    },
    applied: async (number: number) => {
      await ada.comment(number, '/apply');
      await story.settled();
      expect(await story.board(number)).toContain('✓ applied');
      await ada.merge(number);
      await story.settled();
    },
    revisions: async () => {
      const said = await helm('history', 'shop', '-o', 'json');
      return history.parse(JSON.parse(said.stdout)).map(({ revision, status }) => `${revision} ${status}`);
    },
    /** What is kept of the release. */
    kept: async () => (await got.ports?.store.tracked.all())?.find(({ project }) => project.name === 'shop'),
    [Symbol.asyncDispose]: async () => {
      await story[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
};

test.for(majors)(
  'what a merge changed of a release is taken back as a new revision, and what is gone is named, Helm %i',
  { timeout: 240_000 },
  async (major) => {
    await using shop = await shopOn(major);
    const { cluster, story, proposed, applied, revisions } = shop;
    const { ada } = story;
    await proposed(1, { [file]: values('before', 1, true) });
    await applied(1);
    await proposed(2, { [file]: values('after', 3, false) });
    await applied(2);
    expect(await revisions()).toEqual(['1 superseded', '2 deployed']);
    expect(cluster.object('PersistentVolumeClaim', 'prod', 'shop-data')).toBeNull();

    await ada.comment(2, '/rollback the data is gone');
    await story.settled();
    expect((await story.replies(2)).at(-1)).toContain('#3 takes it back.');
    const body = story.world.hub.repo(story.world.repository).pulls.get(3)?.body;
    expect(body).toContain('It does not bring back:');
    expect(body).toContain(
      '`shop` `core/PersistentVolumeClaim/prod/shop-data` (destroyed): what is in it is gone, unless its class keeps it',
    );
    // Nothing is undone before somebody applies it.
    const board = await story.board(3);
    expect(board).toContain('1 to add, 2 to change');
    expect(board).toContain('**Reverting #2 does not bring back:**');
    expect(await revisions()).toHaveLength(2);

    await applied(3);
    expect(await revisions()).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    expect(cluster.object('ConfigMap', 'prod', 'shop')).toMatchObject({ data: { message: 'before' } });
    expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 1 } });
    expect(cluster.object('PersistentVolumeClaim', 'prod', 'shop-data')).not.toBeNull();
  },
);

test.for(majors)(
  'a plan that may not look at the cluster and has nothing to change proves nothing, Helm %i',
  { timeout: 240_000 },
  async (major) => {
    await using shop = await shopOn(major);
    const { cluster, story, proposed, kept, helm } = shop;
    const { ada } = story;
    const isTemplate = ([name]: readonly [string, string]) => name.startsWith('charts/shop/templates/');
    const templates = Object.fromEntries(
      Object.entries(repository)
        .filter(isTemplate)
        .map(([name, text]) => [name.replace('charts/shop/', ''), text]),
    );
    const chart = writeChart({ ...templates, 'values.yaml': repository[file] }, { name: 'shop' });
    // Somebody installed it by hand, as the branch has it.
    expect(await helm('install', 'shop', chart)).toMatchObject({ exitCode: 0 });

    const fault = cluster.fault(
      { method: 'PATCH', dryRun: true },
      { kind: 'status', status: 403, reason: 'Forbidden', message: 'no' },
    );
    await proposed(1, { 'deploy/shop/note.md': 'one\n' });
    expect(await story.board(1)).toMatch(/no changes[\s\S]*Not looked at.*Changes that somebody made/);
    await ada.merge(1);
    await story.settled();
    expect(await kept()).toMatchObject({ applied: null });
    fault.release();

    // The twin: the same plan, with a look.
    await proposed(2, { 'deploy/shop/note.md': 'two\n' });
    expect(await story.board(2)).not.toContain('Not looked at');
    await ada.merge(2);
    await story.settled();
    expect(await kept()).toMatchObject({ applied: { sure: true, on: 'branch', pullNumber: 2 } });
    expect(await shop.revisions()).toEqual(['1 deployed']);
  },
);
