import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FaultKind } from '../../src/cluster/faults.ts';
import type { KubeObject } from '../../src/cluster/objects.ts';
import { configMap, deployment, hookJob, writeChart } from '../support/kubernetes/chart.ts';
import { type Kubernetes, startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, majors } from '../support/kubernetes/tools.ts';
import { writes } from '../support/kubernetes/trace.ts';
import { findProcesses } from '../support/processes.ts';
import { type Project, projectOn } from './program.ts';

const config = /\/configmaps\/web$/;
const files = { 'templates/config.yaml': configMap, 'values.yaml': 'message: one\n' };

const message = (cluster: Kubernetes) => cluster.object('ConfigMap', 'prod', 'web')?.['data'];

const states = async (project: Project): Promise<readonly string[]> => {
  const history: readonly { readonly revision: number; readonly status: string }[] = JSON.parse(
    (await project.helm('history', 'web', '-o', 'json')).stdout,
  );
  return history.map(({ revision, status }) => `${revision} ${status}`);
};

/** SIGKILL of the helm that is upgrading in this chart. */
const killHelm = (chart: string): void => {
  const found = findProcesses({ ancestor: process.pid, root: chart, mark: 'no such' }).filter(({ command }) =>
    /helm upgrade/.test(command),
  );
  expect(found).toHaveLength(1);
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
};

/** A release that is there, made by somebody at a keyboard, and a change of it that is planned. */
const planned = async (
  cluster: Kubernetes,
  major: Major,
  more: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, unknown>> = {},
) => {
  const chart = writeChart({ ...files, ...more });
  const project = projectOn(cluster, major, chart);
  const change = (text: string) => writeFileSync(path.join(chart, 'values.yaml'), `message: ${text}\n`);
  expect(await project.helm('install', 'web', '.')).toMatchObject({ exitCode: 0 });
  change('two');
  expect(await project.run('plan', settings)).toMatchObject({ exitCode: 2 });
  return { project, change, chart };
};

const start = () => startKubernetes({ namespaces: ['prod'] });
/** The write of the change, not the attempt of a plan. */
const patch = { method: 'PATCH', path: config, dryRun: false } as const;

test('an upgrade that is killed blocks the next plan until somebody has looked', async () => {
  await using cluster = await start();
  const { project, chart } = await planned(cluster, 4);
  const stall = cluster.fault(patch, { kind: 'stall', when: 'before-work' });
  const applying = project.run('apply');
  await stall.met;
  killHelm(chart);
  stall.release();
  expect(await applying).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('revision 2 (pending-upgrade)'),
  });
  cluster.forget();
  expect(await project.run('plan')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/Revision 2 is pending-upgrade.*helm rollback to revision 1/s),
  });
  expect(writes(cluster.trace())).toEqual([]);
  await project.helm('rollback', 'web', '1');
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
  expect(message(cluster)).toEqual({ message: 'two' });
});

test('a first install that is killed blocks until it is taken away', async () => {
  await using cluster = await start();
  const chart = writeChart(files);
  const project = projectOn(cluster, 3, chart);
  await project.run('plan');
  const stall = cluster.fault(
    { method: 'POST', path: /\/configmaps/, dryRun: false },
    { kind: 'stall', when: 'after-work' },
  );
  const applying = project.run('apply');
  await stall.met;
  killHelm(chart);
  stall.release();
  expect(await applying).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('revision 1 (pending-install)'),
  });
  expect(await project.run('plan')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('helm uninstall'),
  });
  await project.helm('uninstall', 'web');
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
});

test('an upgrade that is asked to end ends as failed, and is planned again', async () => {
  await using cluster = await start();
  const { project } = await planned(cluster, 3);
  const stall = cluster.fault(patch, { kind: 'stall', when: 'before-work' });
  const end = new AbortController();
  const applying = project.run('apply', {}, {}, end.signal);
  await stall.met;
  end.abort();
  expect((await applying).exitCode).not.toBe(0);
  stall.release();
  expect(await states(project)).toEqual(['1 deployed', '2 failed']);
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
  expect(await states(project)).toEqual(['1 superseded', '2 failed', '3 deployed']);
});

test('after an upgrade whose answer was lost there is something to do, although nothing differs', async () => {
  await using cluster = await start();
  const { project, change } = await planned(cluster, 4);
  cluster.fault({ ...patch, times: 1 }, { kind: 'close', when: 'after-work' });
  expect(await project.run('apply')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('revision 2 (failed)'),
  });
  expect(message(cluster)).toEqual({ message: 'two' });
  // What the chart says is what is deployed, says Helm; what is there is not that.
  change('one');
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
  expect(message(cluster)).toEqual({ message: 'one' });
});

test.each(majors)(
  'what is never ready fails, and is left or taken back as the project says, Helm %i',
  async (major) => {
    await using cluster = await start();
    const isSecond = (object: KubeObject) => JSON.stringify(object['spec']).includes('"value":"two"');
    cluster.behave({ kind: 'Deployment', where: isSecond }, { outcome: 'never' });
    // Helm 3 looks every other second.
    const timeout = major === 3 ? '3s' : '1s';
    const { project } = await planned(cluster, major, { 'templates/web.yaml': deployment });
    expect(await project.run('apply', { timeout })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('revision 2 (failed)'),
    });
    expect(message(cluster)).toEqual({ message: 'two' });
    await project.run('plan');
    expect(await project.run('apply', { timeout, on_failure: 'rollback' })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('revision 4 (deployed)'),
    });
    expect(message(cluster)).toEqual({ message: 'one' });
  },
);

test('a hook that fails stops it before anything is changed', async () => {
  await using cluster = await start();
  const { project } = await planned(cluster, 4, { 'templates/hook.yaml': hookJob });
  expect(project.summary().runs).toMatchObject([
    { event: 'pre-upgrade', address: expect.stringContaining('batch/Job/prod/web-migrate') },
  ]);
  cluster.behave({ kind: 'Job' }, { outcome: 'failed' });
  expect(await project.run('apply')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('hook') });
  expect(message(cluster)).toEqual({ message: 'one' });
  expect(await states(project)).toEqual(['1 deployed', '2 failed']);
});

test('a release that is too large to be kept changes nothing', async () => {
  const noise = Array.from({ length: 60_000 }, (_, index) => `${Math.sin(index)}${Math.cos(index)}`).join(
    '\n',
  );
  await using cluster = await start();
  const project = projectOn(cluster, 3, writeChart({ ...files, 'files/noise.txt': noise }));
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(await project.run('apply')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Too long'),
  });
  expect(cluster.objects({ namespace: 'prod' })).toEqual([]);
});

test.each<[string, FaultKind, Major]>([
  ['is busy', { kind: 'status', status: 429 }, 3],
  ['changes its leader', { kind: 'status', status: 500, message: 'etcdserver: leader changed' }, 4],
])('a plan may be tried again where the cluster %s', async (_, fault, major) => {
  await using cluster = await start();
  const project = projectOn(cluster, major, writeChart(files));
  cluster.fault({ path: /\/secrets/ }, fault);
  expect(await project.run('plan')).toMatchObject({ exitCode: 75 });
  expect(project.hasSummary()).toBe(false);
});

test('an apply is never to be tried again by itself', async () => {
  await using cluster = await start();
  const { project } = await planned(cluster, 4);
  cluster.fault(patch, { kind: 'status', status: 503, message: 'etcdserver: request timed out' });
  expect(await project.run('apply')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('revision 2 (failed)'),
  });
});

/** Twin of what every plan is held to: the assertion sees an upgrade that is no dry run. */
test('a plan writes nothing, and an apply would be seen', async () => {
  await using cluster = await start();
  const { project } = await planned(cluster, 3);
  cluster.forget();
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(cluster.trace().length).toBeGreaterThan(10);
  expect(writes(cluster.trace())).toEqual([]);
  await project.run('apply');
  expect(() => expect(writes(cluster.trace())).toEqual([])).toThrow(/POST/);
});

test.each(majors)(
  'what somebody changes after the plan is not overwritten unseen, Helm %i',
  async (major) => {
    await using cluster = await start();
    const { project } = await planned(cluster, major);
    const edit = (text: string) =>
      cluster.edit({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'web', namespace: 'prod' },
        data: { message: text },
      });
    expect(project.summary().warnings).toEqual([]);
    edit('by hand');
    cluster.forget();
    expect(await project.run('apply')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('core/ConfigMap/prod/web/data/message'),
    });
    expect(writes(cluster.trace())).toEqual([]);

    // Once it was told it is what was agreed to.
    expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
    expect(project.summary().warnings).toEqual([
      'core/ConfigMap/prod/web was changed in the cluster, and the upgrade undoes that: /data/message',
    ]);
    expect(await project.run('apply')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(message(cluster)).toEqual({ message: 'two' });
  },
);

test('where nobody could look, what somebody else took over is refused by the server, and told by who may look', async () => {
  await using cluster = await start();
  const mayNotTry = cluster.fault(
    { method: 'PATCH', dryRun: true },
    { kind: 'status', status: 403, reason: 'Forbidden', message: 'no' },
  );
  const { project } = await planned(cluster, 4);
  cluster.edit({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace: 'prod' },
    data: { message: 'theirs' },
  });
  expect(await project.run('apply')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/revision 2 \(failed\).*conflict with "kubectl-edit"/s),
  });
  expect(message(cluster)).toEqual({ message: 'theirs' });
  mayNotTry.release();
  expect(await project.run('plan')).toMatchObject({ exitCode: 2 });
  expect(project.summary().warnings).toEqual([
    expect.stringContaining('the upgrade undoes that: /data/message'),
  ]);
  expect(await project.run('apply')).toMatchObject({ exitCode: 0 });
  expect(message(cluster)).toEqual({ message: 'two' });
});
