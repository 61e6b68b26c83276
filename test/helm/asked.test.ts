/** What is refused before a cluster is changed: settings, charts, clusters that do not answer. One major is enough for most. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configMap, writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors, runTool } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { projectOn, told } from './program.ts';

const files = { 'values.yaml': 'message: hello\n', 'templates/map.yaml': configMap };

describe('a project is refused', () => {
  test.for([
    [{ namespace: undefined }, 1, 'namespace'],
    [{ context: undefined }, 1, 'Nobody says which cluster'],
    // Its words are those of whichever of two calls ends first.
    [{ context: 'elsewhere' }, 1, 'elsewhere'],
    [{ context: '--server=http://evil' }, 1, 'does not begin with a dash'],
    [{ values: ['../../values.yaml'] }, 1, 'outside of the repository'],
    [{ values: ['absent.yaml'] }, 1, 'absent.yaml'],
    [{ chart: '/etc' }, 1, 'is no address'],
    [{ chart: './absent' }, 1, 'There is no chart in ./absent'],
    [{ chart: 'oci://127.0.0.1:1/charts/web' }, 1, 'needs a `version`'],
    [{ chart: 'oci://127.0.0.1:1/charts/web', version: '1.0.0' }, 75, 'could not be fetched'],
    [{ chart: 'web' }, 1, 'is no address'],
    [{ surprise: true }, 1, 'surprise'],
    [{ release: 'A' }, 1, 'release'],
  ] as const)('with %j', async ([settings, exitCode, reason]) => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const project = projectOn(cluster, 4, writeChart(files));
    const ended = await project.run('plan', settings);
    expect(ended.stderr).toContain(reason);
    expect(ended.exitCode).toBe(exitCode);
    expect(project.hasSummary()).toBe(false);
  });

  test('whose kubeconfig is a file of the pull request', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart(files);
    const kubeconfig = cluster.kubeconfig(path.join(chart, 'kubeconfig'));
    for (const KUBECONFIG of [kubeconfig, 'kubeconfig', path.join(chart, '..', 'beside')])
      expect(await projectOn(cluster, 4, chart).run('plan', {}, { KUBECONFIG })).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('KUBECONFIG names a file of the checkout'),
      });
    expect(cluster.trace()).toEqual([]);
  });

  test('is told nothing by the environment: neither where to act nor which programs to start', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod', 'evil'] });
    const folder = temporaryFolder('plugins');
    const mark = path.join(folder, 'ran');
    mkdirSync(path.join(folder, 'fetch'));
    writeFileSync(
      path.join(folder, 'fetch', 'plugin.yaml'),
      `name: fetch\nversion: 1.0.0\ncommand: "touch ${mark}"\ndownloaders: [{command: run, protocols: [evil]}]\n`,
    );
    writeFileSync(path.join(folder, 'fetch', 'run'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    const chart = writeChart(files);
    const project = projectOn(cluster, 3, chart);
    const given = {
      HELM_PLUGINS: folder,
      HELM_NAMESPACE: 'evil',
      HELM_DRIVER: 'memory',
      HELM_KUBECONTEXT: 'evil',
      HELM_KUBEAPISERVER: 'http://127.0.0.1:1',
      HELM_MAX_HISTORY: '1',
    };
    expect(await project.run('plan', {}, given)).toMatchObject({ exitCode: 2 });
    expect(await project.run('apply', {}, given)).toMatchObject({ exitCode: 0 });
    expect(cluster.object('ConfigMap', 'prod', 'web')).not.toBeNull();
    expect(cluster.objects({ kind: 'Secret', namespace: 'prod' })).toHaveLength(1);

    const wanted = 'dependencies: [{name: part, version: 1.0.0, repository: "evil://x"}]\n';
    writeFileSync(path.join(chart, 'Chart.yaml'), `apiVersion: v2\nname: web\nversion: 1.0.0\n${wanted}`);
    writeFileSync(path.join(chart, 'Chart.lock'), `${wanted}digest: sha256:0\n`);
    expect(await project.run('plan', {}, given)).toMatchObject({ exitCode: 1 });
    expect(existsSync(mark)).toBe(false);
    // Twin: Helm that is left to its environment starts the program.
    await runTool('helm', 3, ['pull', 'evil://x/part-1.0.0.tgz', '--destination', folder], {
      HOME: folder,
      HELM_PLUGINS: folder,
    });
    expect(existsSync(mark)).toBe(true);
  });

  test('whose chart holds a link', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart(files);
    symlinkSync('/etc/hostname', path.join(chart, 'files.txt'));
    const ended = await projectOn(cluster, 4, chart).run('plan');
    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is a link') });
  });

  test('whose dependencies no lock settles; with one they are built', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const chart = writeChart(files);
    const library = path.join(chart, 'parts', 'library');
    writeChart(
      { 'templates/part.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: part}\n' },
      { name: 'library', folder: library },
    );
    const dependency =
      'dependencies: [{name: library, version: 1.0.0, repository: "file://parts/library"}]\n';
    writeFileSync(path.join(chart, 'Chart.yaml'), `apiVersion: v2\nname: web\nversion: 1.0.0\n${dependency}`);
    writeFileSync(path.join(chart, '.helmignore'), 'parts/\n');
    const project = projectOn(cluster, 4, chart);
    expect(await project.run('plan')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no Chart.lock'),
    });
    expect((await project.helm('dependency', 'update', '.')).exitCode).toBe(0);
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual(['create core/ConfigMap/prod/part', 'create core/ConfigMap/prod/web']);
    writeFileSync(
      path.join(chart, 'Chart.yaml'),
      `apiVersion: v2\nname: web\nversion: 1.0.0\n${dependency.replace('version: 1.0.0', 'version: ~1.0.0')}`,
    );
    expect(await project.run('plan')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Chart.lock'),
    });
  });
});

describe.for(majors)('a cluster, Helm %i', (major) => {
  test('that does not answer is asked again; one that refuses is not', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const project = projectOn(cluster, major, writeChart(files));
    for (const [status, exitCode] of [
      [503, 75],
      [500, 75],
      [403, 1],
      [401, 1],
    ] as const) {
      const fault = cluster.fault({ path: /\/namespaces\/prod\/secrets/ }, { kind: 'status', status });
      const ended = await project.run('plan');
      expect({ status, ...ended }).toMatchObject({ status, exitCode });
      fault.release();
    }
    const down = path.join(temporaryFolder('down'), 'kubeconfig');
    mkdirSync(path.dirname(down), { recursive: true });
    writeFileSync(
      down,
      'apiVersion: v1\nkind: Config\nclusters: [{name: test, cluster: {server: "http://127.0.0.1:1"}}]\nusers: [{name: a, user: {token: a}}]\ncontexts: [{name: test, context: {cluster: test, user: a}}]\n',
    );
    expect(await project.run('plan', {}, { KUBECONFIG: down })).toMatchObject({ exitCode: 75 });
  });

  test('that nobody may be asked about gives an unverified plan, which cannot be applied', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const project = projectOn(cluster, major, writeChart(files));
    cluster.forget();
    for (const environment of [{ TIDEGATE_TRUSTED: 'no' }, { KUBECONFIG: '' }]) {
      expect(await project.run('plan', {}, environment)).toMatchObject({ exitCode: 2 });
      expect(project.summary()).toMatchObject({ verified: false, base: null });
      expect(told(project)).toEqual(['create core/ConfigMap/prod/web']);
    }
    expect(cluster.trace()).toEqual([]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 3 });
  });

  test('whose credentials may not try a change leaves drift unknown, and says so', async () => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const project = projectOn(cluster, major, writeChart(files));
    await project.run('plan');
    await project.run('apply');
    const fault = cluster.fault(
      { method: 'PATCH', dryRun: true },
      { kind: 'status', status: 403, reason: 'Forbidden', message: 'no' },
    );
    expect(await project.run('plan')).toMatchObject({ exitCode: 0 });
    expect(project.summary().unseen).toEqual([
      expect.stringContaining('Changes that somebody made in the cluster'),
    ]);
    fault.release();
  });
});
