import { expect, it } from 'vitest';
import { configMap, writeChart } from '../../support/kubernetes/chart.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { majors, runTool } from '../../support/kubernetes/tools.ts';
import { temporaryFolder } from '../../support/leftovers.ts';

it.each(majors)('helm %i says its version, and installs a chart', async (major) => {
  await using cluster = await startKubernetes({ namespaces: ['prod'] });
  const environment = cluster.environment(temporaryFolder('home'));
  const helm = (...args: string[]) => runTool('helm', major, args, environment);
  expect((await helm('version', '--template', '{{.Version}}')).stdout).toMatch(new RegExp(`^v${major}\\.`));
  const chart = writeChart({ 'templates/web.yaml': configMap });
  const ran = await helm('install', 'web', chart, '-n', 'prod', '--set', 'message=hello', '-o', 'json');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({
    data: { message: 'hello' },
    metadata: { annotations: { 'meta.helm.sh/release-name': 'web' } },
  });
  expect(JSON.parse((await helm('list', '-n', 'prod', '-o', 'json')).stdout)).toMatchObject([
    { name: 'web', revision: '1', status: 'deployed' },
  ]);
});
