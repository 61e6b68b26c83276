/** What an apply finds when something moved since the plan: nothing is run then. */
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configMap, writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors } from '../support/kubernetes/tools.ts';
import { writes } from '../support/kubernetes/trace.ts';
import { projectOn, told } from './program.ts';

const random = `apiVersion: v1
kind: Secret
metadata: {name: random}
stringData: {password: {{ randAlphaNum 24 | quote }}, name: web}
`;
const lookup = `apiVersion: v1
kind: ConfigMap
metadata: {name: copy}
data: {copied: {{ (lookup "v1" "ConfigMap" "prod" "other").data.x | default "none" | quote }}}
`;

const scene = async (files: Readonly<Record<string, string>>) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  cluster.edit({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'other', namespace: 'prod' },
    data: { x: '1' },
  });
  const chart = writeChart({ 'values.yaml': 'message: hello\n', ...files });
  return { cluster, chart, [Symbol.asyncDispose]: cluster.close };
};

describe.for(majors)('between plan and apply, Helm %i', (major) => {
  test('nothing may move: chart, release, what the chart looks up, cluster', async () => {
    await using all = await scene({ 'templates/map.yaml': configMap, 'templates/copy.yaml': lookup });
    const { cluster, chart } = all;
    const project = projectOn(cluster, major, chart);
    const refused = async (reason: string, environment: Readonly<Record<string, string>> = {}) => {
      cluster.forget();
      const ended = await project.run('apply', {}, environment);
      expect(ended.stderr).toContain(reason);
      expect(ended.exitCode).toBe(3);
      expect(writes(cluster.trace())).toEqual([]);
    };
    await project.run('plan');
    appendFileSync(path.join(project.planDir(), 'chart.tgz'), ' ');
    await refused('chart.tgz is not what it was');

    await project.run('plan');
    cluster.edit({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'other', namespace: 'prod' },
      data: { x: '2' },
    });
    await refused('core/ConfigMap/prod/copy/data/copied');

    await project.run('plan');
    expect((await project.helm('install', 'web', '.')).exitCode).toBe(0);
    await refused('The plan was made at no revision, and now there is revision 1 (deployed)');

    await using other = await startKubernetes({ namespaces: ['prod'] });
    writeFileSync(path.join(chart, 'values.yaml'), 'message: again\n');
    await project.run('plan');
    const elsewhere = other.environment(path.join(project.planDir(), '..', 'other-home'))['KUBECONFIG'] ?? '';
    await refused('this is another cluster', { KUBECONFIG: elsewhere });

    // Twin: with nothing moved, the same plan is applied.
    expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'again' } });
    expect(cluster.object('ConfigMap', 'prod', 'copy')).toMatchObject({ data: { copied: '2' } });
  });

  test('a render that is not the same twice is frozen: what was rendered is what is applied', async () => {
    await using all = await scene({ 'templates/random.yaml': random, 'templates/map.yaml': configMap });
    const { cluster, chart } = all;
    const project = projectOn(cluster, major, chart);
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(project.summary()).toMatchObject({
      deterministic: false,
      unpredictable: ['core/Secret/prod/random#/stringData/password'],
      facts: { frozen: 'what was rendered is applied as it is' },
    });
    const planned = project.summary().items.find(({ address }) => address.endsWith('random'));
    expect(planned).toMatchObject({ unknown: ['/stringData/password'] });
    const applied = await project.run('apply');
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    const after: { readonly stringData: { readonly password: string } } = JSON.parse(
      JSON.stringify(planned?.after),
    );
    // As the API server keeps it.
    const kept = Buffer.from(after.stringData.password).toString('base64');
    expect(cluster.object('Secret', 'prod', 'random')).toMatchObject({ data: { password: kept } });
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'hello' } });
  });

  test('the plan of one major is not applied by the other', async () => {
    await using all = await scene({ 'templates/map.yaml': configMap });
    const { cluster, chart } = all;
    const project = projectOn(cluster, major, chart);
    await project.run('plan');
    const other = projectOn(cluster, major === 3 ? 4 : 3, chart);
    const ended = await other.run('apply', {}, { TIDEGATE_PLAN_DIR: project.planDir() });
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('The plan was made with helm');
    expect(cluster.objects({ kind: 'Secret', namespace: 'prod' })).toEqual([]);
  });

  test('somebody else may change what is applied: it is told, and put back although the chart is the same', async () => {
    await using all = await scene({ 'templates/map.yaml': configMap, 'templates/copy.yaml': lookup });
    const { cluster, chart } = all;
    const project = projectOn(cluster, major, chart);
    await project.run('plan');
    expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
    expect(await project.run('drift')).toMatchObject({ exitCode: 0 });
    cluster.edit({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'prod' },
      data: { message: 'by hand' },
    });
    cluster.remove('ConfigMap', 'prod', 'copy');
    cluster.forget();
    expect(await project.run('drift')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['create core/ConfigMap/prod/copy', 'update core/ConfigMap/prod/web']);
    const [drifted] = [project.summary().items];
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(writes(cluster.trace())).toEqual([]);
    expect(project.summary()).toMatchObject({ items: drifted, changes: { noop: 0 }, warnings: [] });
    const applied = await project.run('apply');
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({
      data: { message: 'hello' },
    });
    expect(cluster.object('ConfigMap', 'prod', 'copy')).not.toBeNull();
    expect(await project.run('plan')).toMatchObject({ exitCode: 0 });
  });
});

test('a release of Helm 3 goes on with Helm 4', async () => {
  await using all = await scene({ 'templates/map.yaml': configMap });
  const { cluster, chart } = all;
  const [three, four] = [projectOn(cluster, 3, chart), projectOn(cluster, 4, chart)];
  await three.run('plan');
  expect(await three.run('apply')).toMatchObject({ exitCode: 0 });
  // The other one sees the same release, and nothing to do.
  expect(await four.run('plan')).toMatchObject({ exitCode: 0 });
  writeFileSync(path.join(chart, 'values.yaml'), 'message: again\n');
  expect(await four.run('plan')).toMatchObject({ exitCode: 2 });
  expect(four.summary()).toMatchObject({ base: { value: '1' }, changes: { update: 1 } });
  expect(await four.run('apply')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'again' } });
  expect(await four.run('plan')).toMatchObject({ exitCode: 0 });
});
