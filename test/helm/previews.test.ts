/** What a stranger's chart shows before anybody trusts it, with real Helm behind real walls. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { configMap, deployment } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, majors, toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type Story, tellStory } from '../support/story.ts';

const repository = {
  'tidegate.yaml': `version: 1
projects:
  - name: shop
    dir: deploy/shop
    runner: helm
    with: { namespace: prod, context: test, chart: ../../charts/shop, values: [values.yaml] }
`,
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'message: hello\n',
  'charts/shop/templates/map.yaml': configMap,
  'charts/shop/templates/web.yaml': deployment,
  'deploy/shop/values.yaml': 'replicas: 1\n',
};

/** Asks for all that a template can ask for, and says what it got. */
const curious = `apiVersion: v1
kind: ConfigMap
metadata:
  name: curious
data:
  cluster: {{ lookup "v1" "Namespace" "" "prod" | toJson | quote }}
  address: {{ getHostByName "localhost" | quote }}
  file: {{ .Files.Get "/etc/passwd" | quote }}
  above: {{ .Files.Get "../../tidegate.yaml" | quote }}
`;

const storyOn = async (major: Major) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const { KUBECONFIG } = cluster.environment(temporaryFolder('home'));
  const story = await tellStory({
    files: () => repository,
    operator:
      'isolation: bubblewrap\nenv: { plan: [KUBECONFIG], apply: [KUBECONFIG] }\ntrust: { forks: { plan: trust } }\n',
    environment: { PATH: `${toolsOf(major)}${path.delimiter}${process.env['PATH'] ?? ''}`, KUBECONFIG },
  });
  return {
    cluster,
    story,
    [Symbol.asyncDispose]: async () => {
      await story[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
};

/** mallory's fork, opened as #1 or pushed to. */
const fromFork = async (
  story: Story,
  files: Readonly<Record<string, string>>,
  again = false,
): Promise<void> => {
  const { hub, repository: name } = story.world;
  if (!again) await hub.fork(name, 'mallory');
  const from = again ? {} : { from: 'main' };
  await hub.pushFiles('mallory/infrastructure', 'theirs', { as: 'mallory', ...from, files });
  if (!again)
    await hub.openPull(name, { as: 'mallory', head: 'mallory:theirs', base: 'main', title: 'Mine' });
  await story.settled();
};

test.for(majors)(
  'is rendered without the cluster, and planned with it after the word, Helm %i',
  async (major) => {
    await using all = await storyOn(major);
    const { cluster, story } = all;
    cluster.forget();
    await fromFork(story, {
      'deploy/shop/values.yaml': 'replicas: 5\n',
      'charts/shop/templates/curious.yaml': curious,
    });
    const board = (await story.board(1)) ?? '';
    const [, shown = ''] = /(<details><summary><b><code>shop[\s\S]*?<\/details>)/.exec(board) ?? [];
    expect(board).toContain('### Waits for trust: 1 project');
    expect(
      shown.replaceAll(/[0-9a-f]{64}/g, 'SHA-256').replaceAll(/helm `[^`]+`/g, 'helm `VERSION`'),
    ).toMatchInlineSnapshot(`
      "<details><summary><b><code>shop</code></b>: unverified preview, 3 to add</summary>

      Folder \`deploy/shop\` · helm \`VERSION\`

      **Unverified:** rendered offline, without a look at what is there, from code that nobody trusted yet. It is no plan, and nothing of it can be applied.

      Not shown by any plan: Rendered without the cluster: what is there is not known, so everything is shown as new, and lookups find nothing.

      Where: namespace \`prod\`, release \`shop\`.

      Of: helm \`VERSION\`.

      \`\`\`diff
      + create apps/Deployment/prod/shop
      +     apiVersion                    = "apps/v1"
      +     kind                          = "Deployment"
      +     metadata.name                 = "shop"
      +     metadata.namespace            = "prod"
      +     spec.replicas                 = 5
      +     spec.selector.matchLabels.app = "shop"
      +     spec.template.metadata.labels.app = "shop"
      +     spec.template.spec.containers[0].env[0].name = "MESSAGE"
      +     spec.template.spec.containers[0].env[0].value = "hello"
      +     spec.template.spec.containers[0].image = "registry.example/web:1"
      +     spec.template.spec.containers[0].name = "web"
      +     spec.template.spec.containers[0].ports[0].containerPort = 8080
      + create core/ConfigMap/prod/curious
      +     apiVersion         = "v1"
      +     data.above         = ""
      +     data.address       = ""
      +     data.cluster       = "{}"
      +     data.file          = ""
      +     kind               = "ConfigMap"
      +     metadata.name      = "curious"
      +     metadata.namespace = "prod"
      + create core/ConfigMap/prod/shop
      +     apiVersion                       = "v1"
      +     data.message                     = "hello"
      +     kind                             = "ConfigMap"
      +     metadata.labels["helm.sh/chart"] = "shop-1.0.0"
      +     metadata.name                    = "shop"
      +     metadata.namespace               = "prod"
      \`\`\`

      </details>"
    `);
    expect(cluster.trace()).toEqual([]);
    expect(await story.checks(1)).toContain(
      'tidegate: shop: action_required, Waits for trust: only previewed, offline',
    );

    await story.margaret.comment(1, '/apply');
    await story.settled();
    expect(cluster.trace()).toEqual([]);
    const [, sha = ''] = /`\/trust ([0-9a-f]{12})`/.exec(board) ?? [];
    await story.grace.comment(1, `/trust ${sha}`);
    await story.settled();
    expect(await story.board(1)).not.toContain('preview');
    expect(await story.board(1)).toContain('| planned |');
    expect(cluster.trace()).not.toEqual([]);
  },
);

test('that would have to be fetched is not, and the comment says so', async () => {
  await using all = await storyOn(4);
  const { cluster, story } = all;
  cluster.forget();
  const chart = (more: string) => ({
    'charts/shop/Chart.yaml': `apiVersion: v2\nname: shop\nversion: 1.0.0\n${more}`,
  });
  const lock = {
    'charts/shop/Chart.lock': 'dependencies: []\ndigest: sha256:0\ngenerated: "2026-01-01T00:00:00Z"\n',
  };
  const asks = (repository: string) =>
    chart(`dependencies: [{ name: other, version: 1.0.0, repository: "${repository}" }]\n`);
  await fromFork(story, { ...asks('https://charts.example'), ...lock });
  expect(await story.board(1)).toContain('<code>shop</code></b>: no preview');
  expect(await story.board(1)).toContain('nothing is fetched for what nobody trusts yet');
  await fromFork(story, asks('file://../../../../etc'), true);
  expect(await story.board(1)).toContain('The dependency other lies outside of the repository');
  expect(cluster.trace()).toEqual([]);
});
