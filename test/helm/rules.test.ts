/** What rules see of a release's plan: the objects that it changes, by kind, namespace, name and action, as they see resources of Terraform. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { close } from '../support/acts.ts';
import { configMap } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, tellStory } from '../support/story.ts';

const other = `{{- if .Values.other }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-other
data: {}
{{- end }}
`;

const network = (size: string) => `resource "terraform_data" "network" {\n  input = "${size}"\n}\n`;
const values = (message: string, isThere: boolean) => `message: ${message}\nother: ${isThere}\n`;

const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - { name: network, dir: network }
  - name: shop
    dir: shop
    runner: helm
    with: { namespace: prod, context: test, chart: ../chart, values: [values.yaml] }
`,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('small'),
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/templates/map.yaml': `${configMap}${other}`,
  'shop/values.yaml': values('never applied', true),
});

const operator = `env: { plan: [KUBECONFIG], apply: [KUBECONFIG] }
policies:
  - name: nothing-goes
    rule: >-
      plan.resources.all(r, r.action != "delete" ||
      !(r.kind == "terraform_data" || (r.kind == "ConfigMap" && r.namespace == "prod" && r.name.startsWith("shop"))))
rules:
  - { match: "**", requirements: [policies] }
`;

test('a condition on what is deleted holds for a release as it does for Terraform', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const given = cluster.environment(temporaryFolder('home'));
  await using story = await tellStory({
    files,
    operator,
    environment: {
      PATH: `${toolsOf(4)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: given['KUBECONFIG'],
    },
  });
  const { ada } = story;
  const proposed = async (
    number: number,
    change: Readonly<Record<string, string>>,
  ): Promise<string | null> => {
    await ada.push(`change-${number}`, change, 'A change');
    await ada.openPull(`change-${number}`, 'A change');
    await story.settled();
    await ada.comment(number, '/apply');
    await story.settled();
    return story.board(number);
  };
  const isThere = (name: string): boolean => cluster.object('ConfigMap', 'prod', name) !== null;
  try {
    const first = await proposed(1, {
      'shop/values.yaml': values('one', true),
      'network/main.tf': network('large'),
    });
    expect(first?.match(/✓ applied/g)).toHaveLength(2);
    expect([isThere('shop'), isThere('shop-other')]).toEqual([true, true]);
    await ada.merge(1);
    await story.settled();

    const second = await proposed(2, { 'shop/values.yaml': values('two', false), 'network/main.tf': '' });
    expect(second).toContain('nothing-goes');
    expect(second).not.toContain('✓ applied');
    expect(isThere('shop-other')).toBe(true);
    await close(story, 2);
    await story.settled();

    // What only changes is no business of that rule.
    const third = await proposed(3, { 'shop/values.yaml': values('two', true) });
    expect(third).toContain('✓ applied');
    expect(cluster.object('ConfigMap', 'prod', 'shop')).toMatchObject({ data: { message: 'two' } });
  } finally {
    await cluster.close();
  }
});
