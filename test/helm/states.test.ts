/** Where a release may stand, and what of it is told, planned and refused. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configMap, writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors } from '../support/kubernetes/tools.ts';
import { writes } from '../support/kubernetes/trace.ts';
import { projectOn, told } from './program.ts';

const values = { 'values.yaml': 'message: hello\n' };
const map = (name: string, more = '', annotations = '{}') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, annotations: ${annotations}}\ndata: {x: "1"}\n${more}`;

/** A definition of zones. */
const crd = (kind: string) =>
  `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: zones.example.com}\nspec:\n  group: example.com\n  scope: Cluster\n  names: {kind: ${kind}, plural: zones, singular: zone, listKind: ${kind}List}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n`;

describe.for(majors)('a release, Helm %i', (major) => {
  test('whose namespace is not there is blocked, or makes it', async () => {
    await using cluster = await startKubernetes();
    const chart = writeChart({ ...values, 'templates/map.yaml': configMap });
    const project = projectOn(cluster, major, chart);
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(project.summary().blocked).toEqual([
      'The namespace prod is not there: make it, or say create_namespace.',
    ]);
    expect(await project.run('plan', { create_namespace: true })).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['create core/Namespace/prod', 'create core/ConfigMap/prod/web']);
    expect(await project.run('apply', { create_namespace: true })).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'web')).not.toBeNull();
  });

  test('that is pending is a matter for people, and nothing is written', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart({ ...values, 'templates/map.yaml': configMap });
    const project = projectOn(cluster, major, chart);
    const method = major === 3 ? 'POST' : 'PATCH';
    const stall = cluster.fault(
      { method, path: /\/configmaps/, dryRun: false },
      { kind: 'stall', when: 'before-work' },
    );
    const installing = project.helm('install', 'web', '.');
    await stall.met;
    cluster.forget();
    const ended = await project.run('plan');
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('Revision 1 is pending-install since');
    expect(project.hasSummary()).toBe(false);
    expect(writes(cluster.trace())).toEqual([]);
    stall.release();
    await installing;
    expect(await project.run('plan')).toMatchObject({ exitCode: 0 });
  });

  test('that failed is planned from the one before, and is applied again although the chart is the same', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart({ ...values, 'templates/map.yaml': configMap });
    const project = projectOn(cluster, major, chart);
    await project.run('plan');
    await project.run('apply');
    writeFileSync(path.join(chart, 'values.yaml'), 'message: again\n');
    await project.run('plan');
    const refused = cluster.fault(
      { method: 'PATCH', path: /\/configmaps\/web$/, dryRun: false },
      { kind: 'status', status: 422, reason: 'Invalid', message: 'no' },
    );
    const failed = await project.run('apply');
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('The release is at revision 2 (failed)');
    refused.release();

    writeFileSync(path.join(chart, 'values.yaml'), 'message: hello\n');
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['update helm/Release/prod/web']);
    expect(project.summary().base).toMatchObject({ value: '1' });
  });

  test('does not take what is not its own, unless it is told to', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    cluster.edit({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'prod' },
      data: { message: 'theirs' },
    });
    const chart = writeChart({
      ...values,
      'templates/map.yaml': configMap,
      'templates/more.yaml': map('more'),
    });
    const project = projectOn(cluster, major, chart);
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['create core/ConfigMap/prod/more', 'import core/ConfigMap/prod/web']);
    expect(project.summary().blocked).toHaveLength(1);
    // Tidegate applies nothing that is blocked; nor would Helm.
    expect((await project.run('apply')).exitCode).toBe(1);
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'theirs' } });

    await project.helm('uninstall', 'web');
    expect(await project.run('plan', { take_ownership: true })).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['create core/ConfigMap/prod/more', 'import core/ConfigMap/prod/web']);
    expect(project.summary()).toMatchObject({ blocked: [], changes: { create: 1, import: 1 } });
    const taken = await project.run('apply', { take_ownership: true });
    expect(taken, taken.stderr).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({
      data: { message: 'hello' },
      metadata: {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'web' },
      },
    });
    // From now on it is the release's own.
    expect(await project.run('plan')).toMatchObject({ exitCode: 0 });
  });

  test('leaves an object that says keep where it is when the chart no longer has it', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const kept = path.join('templates', 'kept.yaml');
    const chart = writeChart({
      ...values,
      'templates/map.yaml': configMap,
      'templates/gone.yaml': map('gone'),
      [kept]: map('kept', '', '{helm.sh/resource-policy: keep}'),
    });
    const project = projectOn(cluster, major, chart);
    await project.run('plan');
    expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
    rmSync(path.join(chart, kept));
    rmSync(path.join(chart, 'templates', 'gone.yaml'));
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['delete core/ConfigMap/prod/gone', 'forget core/ConfigMap/prod/kept']);
    const applied = await project.run('apply');
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'gone')).toBeNull();
    expect(cluster.object('ConfigMap', 'prod', 'kept')).toMatchObject({ data: { x: '1' } });

    // The chart has it again: it still carries the release's name, so it is taken back, and not made.
    writeFileSync(path.join(chart, kept), map('kept', '', '{helm.sh/resource-policy: keep}'));
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['import core/ConfigMap/prod/kept']);
    expect(project.summary().blocked).toEqual([]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
  });

  test('asks for definitions to be there before what is of them can be planned', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart({
      ...values,
      'crds/zone.yaml': crd('Zone'),
      'templates/zone.yaml': 'apiVersion: example.com/v1\nkind: Zone\nmetadata:\n  name: a\n',
    });
    const project = projectOn(cluster, major, chart);
    expect(await project.run('plan')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Have its definition (CRD) installed first'),
    });
    expect(project.hasSummary()).toBe(false);
  });

  test('leaves what says keep, names hooks, and tells of definitions that Helm does not touch', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart({
      ...values,
      'templates/map.yaml': configMap,
      'templates/kept.yaml': map('kept', '', '{helm.sh/resource-policy: keep}'),
      'templates/hooks.yaml': `${map('before', '---\n', '{helm.sh/hook: "pre-upgrade,pre-delete"}')}${map('odd', '', '{helm.sh/hook: pre-updgrade}')}`,
    });
    mkdirSync(path.join(chart, 'crds'));
    writeFileSync(path.join(chart, 'crds', 'zone.yaml'), crd('Zone'));
    const project = projectOn(cluster, major, chart);
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual([
      'create apiextensions.k8s.io/CustomResourceDefinition/zones.example.com',
      'create core/ConfigMap/prod/kept',
      'create core/ConfigMap/prod/web',
      'create hook/core/ConfigMap/prod/before',
    ]);
    expect(project.summary().warnings).toEqual([expect.stringContaining('pre-updgrade')]);
    const applied = await project.run('apply');
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });

    writeFileSync(
      path.join(chart, 'crds', 'zone.yaml'),
      crd('Zone').replace('storage: true', 'storage: true, deprecated: true'),
    );
    writeFileSync(path.join(chart, 'values.yaml'), 'message: again\n');
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['update core/ConfigMap/prod/web']);
    expect(project.summary().runs).toMatchObject([
      { address: 'core/ConfigMap/prod/before', event: 'pre-upgrade' },
    ]);
    expect(project.summary().warnings).toEqual(
      expect.arrayContaining([
        'zones.example.com is otherwise in the chart than in the cluster; Helm will not apply it.',
      ]),
    );

    expect(await project.run('destroy')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['forget core/ConfigMap/prod/kept', 'delete core/ConfigMap/prod/web']);
    expect(project.summary().runs).toMatchObject([{ event: 'pre-delete' }]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'kept')).not.toBeNull();
    expect(cluster.object('ConfigMap', 'prod', 'web')).toBeNull();
  });
});
