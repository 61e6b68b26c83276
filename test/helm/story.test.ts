/** Helm through Tidegate: a pull request that changes values, from its plan to the cluster. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { push } from '../support/acts.ts';
import { configMap, deployment } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, majors, toolsOf } from '../support/kubernetes/tools.ts';
import { writes } from '../support/kubernetes/trace.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type StoryWish, tellStory } from '../support/story.ts';

const secret = `apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  password: {{ .Values.password | quote }}
`;
const repository = {
  'tidegate.yaml': `version: 1
projects:
  - name: shop
    dir: deploy/shop
    runner: helm
    environment: production
    with:
      namespace: prod
      context: test
      chart: ../../charts/shop
      values: [values.yaml]
`,
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: "1.0"\n',
  'charts/shop/values.yaml': 'message: hello\n',
  'charts/shop/templates/map.yaml': configMap,
  'charts/shop/templates/web.yaml': deployment,
  'charts/shop/templates/secret.yaml': secret,
  'deploy/shop/values.yaml': 'replicas: 1\npassword: hunter2hunter2\n',
};

const storyOn = async (major: Major, files: Readonly<Record<string, string>> = repository) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const environment = cluster.environment(temporaryFolder('home'));
  const wish: StoryWish = {
    files: () => files,
    operator:
      'env: { plan: [KUBECONFIG], apply: [KUBECONFIG] }\nrules: [{match: "**", who_may: {destroy: {permission: write}}}]\n',
    environment: {
      PATH: `${toolsOf(major)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: environment['KUBECONFIG'],
    },
  };
  const story = await tellStory(wish);
  return {
    cluster,
    story,
    [Symbol.asyncDispose]: async () => {
      await story[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
};

/** What a board shows of the changes, without what other boards have as well. */
const changesOf = (board: string | null): string =>
  [...(board ?? '').matchAll(/```diff\n([\s\S]*?)```/g)].map((match) => match[1]).join('\n');

test.for(majors)(
  'planned, shown, applied, and taken away again, Helm %i',
  { timeout: 240_000 },
  async (major) => {
    await using all = await storyOn(major);
    const { cluster, story } = all;
    const { ada } = story;
    const told: string[] = [];
    const propose = async (
      number: number,
      files: Readonly<Record<string, string>>,
      deletes: readonly string[] = [],
    ) => {
      cluster.forget();
      await ada.push(`change-${number}`, files, 'More');
      if (deletes.length > 0) await push(story, `change-${number}`, {}, deletes);
      await ada.openPull(`change-${number}`, 'More');
      await story.settled();
      expect(writes(cluster.trace())).toEqual([]);
      const board = await story.board(number);
      expect(board).not.toMatch(/hunter/);
      told.push(changesOf(board));
    };
    const apply = async (number: number) => {
      await ada.comment(number, '/apply');
      await story.settled();
      expect(await story.replies(number)).toEqual([]);
      expect(await story.board(number)).toContain('✓ applied');
      await ada.merge(number);
      await story.settled();
    };
    await propose(1, { 'deploy/shop/values.yaml': 'replicas: 2\npassword: hunter3hunter3\n' });
    await apply(1);
    expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 2 } });

    await propose(2, {
      'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.1.0\n',
      'deploy/shop/values.yaml': 'replicas: 3\npassword: hunter4hunter4\n',
    });
    await apply(2);
    expect(cluster.object('Deployment', 'prod', 'shop')).toMatchObject({ spec: { replicas: 3 } });
    expect(cluster.objects({ kind: 'Secret', name: /^sh\.helm\.release/ })).toHaveLength(2);

    await propose(3, { 'tidegate.yaml': 'version: 1\nprojects: []\n' }, ['deploy/shop/values.yaml']);
    expect(await story.board(3)).toContain('3 to destroy');
    await apply(3);
    expect(cluster.objects({ kind: 'Secret', name: /^sh\.helm\.release/ })).toEqual([]);
    expect(cluster.object('Deployment', 'prod', 'shop')).toBeNull();
    await expect(told.join('\n')).toMatchFileSnapshot('../fixtures/helm/told.diff');
  },
);
