import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configMap, deployment, service, writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors } from '../support/kubernetes/tools.ts';
import { writes } from '../support/kubernetes/trace.ts';
import { projectOn, told } from './program.ts';

const files = {
  'templates/map.yaml': configMap,
  'templates/web.yaml': deployment,
  'templates/service.yaml': service,
  'values.yaml': 'message: hello\n',
  'common.yaml': 'message: common\nreplicas: 5\n',
  'prod.yaml': 'replicas: 1\n',
};

describe.for(majors)('the life of a release, Helm %i', (major) => {
  test('installed, left alone, changed, and taken away: what is planned is what is done', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart(files);
    const project = projectOn(cluster, major, chart, { values: ['common.yaml', 'prod.yaml'] });

    expect(await project.run('plan')).toMatchObject({ exitCode: 2, stderr: '' });
    expect(told(project)).toEqual([
      'create apps/Deployment/prod/web',
      'create core/ConfigMap/prod/web',
      'create core/Service/prod/web',
    ]);
    expect(project.summary()).toMatchObject({
      base: { value: 'none' },
      verified: true,
      deterministic: true,
      target: { cluster: cluster.url, uid: cluster.uid, context: 'test', namespace: 'prod', release: 'web' },
      facts: { chart: 'web 1.0.0' },
    });
    // A plan writes nothing into the cluster.
    expect(writes(cluster.trace())).toEqual([]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 0, stderr: '' });
    // Of the chart's own values, a file for all environments, and one for this, the last that says something counts.
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'common' } });
    expect(cluster.object('Deployment', 'prod', 'web')).toMatchObject({ spec: { replicas: 1 } });
    const [stored] = cluster.objects({ kind: 'Secret', name: /^sh\.helm\.release/ });
    expect(stored?.metadata['labels']).toMatchObject({ 'tidegate-sha': project.sha });
    expect((await project.helm('history', 'web')).stdout).toContain(
      `tidegate acme/shop#7 ${project.sha.slice(0, 12)}`,
    );

    // Nothing to do makes no revision.
    expect(await project.run('plan')).toMatchObject({ exitCode: 0 });
    expect(project.summary()).toMatchObject({
      items: [],
      runs: [],
      base: { value: '1' },
      changes: { noop: 3 },
    });
    expect(await project.run('apply')).toMatchObject({
      exitCode: 0,
      stdout: 'Nothing to do: no revision is made.',
    });
    expect(cluster.objects({ kind: 'Secret', name: /^sh\.helm\.release/ })).toHaveLength(1);

    writeFileSync(path.join(chart, 'prod.yaml'), 'replicas: 3\nmessage: again\n');
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['update apps/Deployment/prod/web', 'update core/ConfigMap/prod/web']);
    expect(project.summary().base).toMatchObject({ value: '1' });
    expect(await project.run('apply')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'again' } });
    expect(cluster.object('Deployment', 'prod', 'web')).toMatchObject({ spec: { replicas: 3 } });

    cluster.forget();
    expect(await project.run('destroy')).toMatchObject({ exitCode: 2 });
    expect(writes(cluster.trace())).toEqual([]);
    expect(told(project)).toEqual([
      'delete apps/Deployment/prod/web',
      'delete core/ConfigMap/prod/web',
      'delete core/Service/prod/web',
    ]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(
      cluster.objects({ namespace: 'prod' }).filter(({ kind }) => kind !== 'ReplicaSet' && kind !== 'Pod'),
    ).toEqual([]);
    expect(await project.run('destroy')).toMatchObject({ exitCode: 0 });
  });

  test('nothing that is secret is printed, and no value of a Secret is named by anything but its key', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: {{ .Values.password }}}\n';
    const chart = writeChart({
      'templates/secret.yaml': secret,
      'templates/hook.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: hook, annotations: {"helm.sh/hook": "pre-install,pre-upgrade"}}\nstringData: {token: {{ .Values.password }}}\n`,
      'templates/NOTES.txt': 'The password is {{ .Values.password }}.',
      'values.yaml': 'password: hunter2hunter2\n',
    });
    const project = projectOn(cluster, major, chart);
    const first = await project.run('plan');
    expect(project.summary().items.map(({ sensitive }) => sensitive)).toEqual([
      ['/stringData/password'],
      ['/stringData/token'],
    ]);
    expect(project.summary().runs).toMatchObject([
      { address: 'core/Secret/prod/hook', event: 'pre-install' },
    ]);
    const applied = await project.run('apply');
    expect(applied.exitCode, applied.stderr).toBe(0);
    writeFileSync(path.join(chart, 'values.yaml'), 'password: hunter3hunter3\n');
    const second = await project.run('plan');
    expect(told(project)).toEqual(['update core/Secret/prod/web', 'update hook/core/Secret/prod/hook']);
    for (const { stdout, stderr } of [first, applied, second]) expect(stdout + stderr).not.toMatch(/hunter/);
  });

  test('a template that fails, or prints a Secret into its error, stops with its reason and without the Secret', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart({
      'templates/secret.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ndata: {password: [{{ .Values.password | b64enc }}]}\n---\n{{ required "say a colour" .Values.colour }}\n',
      'values.yaml': 'password: hunter2hunter2\n',
    });
    const project = projectOn(cluster, major, chart);
    const ended = await project.run('plan');
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('say a colour');
    expect(project.hasSummary()).toBe(false);
    expect(cluster.objects({ namespace: 'prod' })).toEqual([]);
    expect(readdirSync(project.planDir())).toEqual([]);
    expect(readFileSync(path.join(chart, 'values.yaml'), 'utf8')).toContain('hunter2');
  });
});
