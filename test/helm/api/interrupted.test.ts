import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { configMap, deployment, writeChart } from '../../support/kubernetes/chart.ts';
import { type Kubernetes, startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { type Major, majors, runTool, toolsOf } from '../../support/kubernetes/tools.ts';
import { temporaryFolder } from '../../support/leftovers.ts';

const config = /\/configmaps\/web$/;

const scene = async (
  major: Major,
  files: Readonly<Record<string, string>> = { 'templates/config.yaml': configMap },
) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const environment = cluster.environment(temporaryFolder('home'));
  const chart = writeChart(files);
  const upgrade = (message: string, ...more: string[]) => [
    'upgrade',
    '--install',
    'web',
    chart,
    '-n',
    'prod',
    '--set',
    `message=${message}`,
    ...more,
  ];
  const helm = (...args: string[]) => runTool('helm', major, args, environment);
  /** Starts helm and ends it with a signal, once something has come about. */
  const ended = async (signal: NodeJS.Signals, when: Promise<void>, args: readonly string[]) => {
    const child = execa(path.join(toolsOf(major), 'helm'), args, { env: environment, reject: false });
    await when;
    child.kill(signal);
    return await child;
  };
  const states = async () => {
    const history: { readonly revision: number; readonly status: string }[] = JSON.parse(
      (await helm('history', 'web', '-n', 'prod', '-o', 'json')).stdout,
    );
    return history.map(({ revision, status }) => `${revision} ${status}`);
  };
  return { cluster, helm, upgrade, ended, states, [Symbol.asyncDispose]: cluster.close };
};

const message = (cluster: Kubernetes) => cluster.object('ConfigMap', 'prod', 'web')?.['data'];

it.each(majors)(
  'helm %i leaves a release pending where it is killed, and goes on after a rollback',
  async (major) => {
    await using all = await scene(major);
    const { cluster, helm, upgrade, ended, states } = all;
    await helm(...upgrade('1'));
    const stall = cluster.fault({ method: 'PATCH', path: config }, { kind: 'stall', when: 'before-work' });
    await ended('SIGKILL', stall.met, upgrade('2'));
    stall.release();
    expect(message(cluster)).toEqual({ message: '1' });
    expect(await states()).toEqual(['1 deployed', '2 pending-upgrade']);
    expect(await helm(...upgrade('3'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('another operation (install/upgrade/rollback) is in progress'),
    });
    expect(await helm('rollback', 'web', '1', '-n', 'prod')).toMatchObject({ exitCode: 0 });
    expect(await helm(...upgrade('3'))).toMatchObject({ exitCode: 0 });
    // The one that was killed stays as it was for ever.
    expect(await states()).toEqual(['1 superseded', '2 pending-upgrade', '3 superseded', '4 deployed']);
    expect(message(cluster)).toEqual({ message: '3' });
  },
);

it.each(majors)(
  'helm %i leaves a first install pending where it is killed, until it is uninstalled',
  async (major) => {
    await using all = await scene(major);
    const { cluster, helm, upgrade, ended, states } = all;
    const method = major === 3 ? 'POST' : 'PATCH';
    const stall = cluster.fault({ method, path: /\/configmaps/ }, { kind: 'stall', when: 'after-work' });
    await ended('SIGKILL', stall.met, upgrade('1'));
    stall.release();
    await expect.poll(() => message(cluster)).toEqual({ message: '1' });
    expect(await states()).toEqual(['1 pending-install']);
    expect((await helm(...upgrade('1'))).exitCode).toBe(1);
    expect((await helm('uninstall', 'web', '-n', 'prod')).exitCode).toBe(0);
    expect(message(cluster)).toBeUndefined();
    expect((await helm(...upgrade('1'))).exitCode).toBe(0);
  },
);

it.each(majors)('helm %i says that a release has failed where it is asked to end', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade, ended, states } = all;
  await helm(...upgrade('1'));
  const stall = cluster.fault({ method: 'PATCH', path: config }, { kind: 'stall', when: 'before-work' });
  const { exitCode, stderr } = await ended('SIGTERM', stall.met, upgrade('2'));
  stall.release();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/canceled/);
  expect(await states()).toEqual(['1 deployed', '2 failed']);
  expect(await helm(...upgrade('2'))).toMatchObject({ exitCode: 0 });
  expect(await states()).toEqual(['1 superseded', '2 failed', '3 deployed']);
});

it.each(majors)('helm %i comes again when it is told that there is too much to do', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade } = all;
  await helm(...upgrade('1'));
  const busy = cluster.fault(
    { method: 'PATCH', path: config, times: 1 },
    { kind: 'status', status: 429, retryAfter: 1 },
  );
  expect(await helm(...upgrade('2'))).toMatchObject({ exitCode: 0 });
  expect(busy.seen).toBe(1);
  expect(message(cluster)).toEqual({ message: '2' });
});

it.each(majors)('helm %i fails at a 500, and says so in the release', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade, states } = all;
  await helm(...upgrade('1'));
  const broken = cluster.fault(
    { method: 'PATCH', path: config },
    { kind: 'status', status: 500, message: 'etcdserver: request timed out' },
  );
  expect(await helm(...upgrade('2'))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('etcdserver: request timed out'),
  });
  broken.release();
  expect(await states()).toEqual(['1 deployed', '2 failed']);
});

it.each(majors)('helm %i does not know what became of a write whose answer is lost', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade, states } = all;
  await helm(...upgrade('1'));
  cluster.fault({ method: 'PATCH', path: config, times: 1 }, { kind: 'close', when: 'after-work' });
  expect(await helm(...upgrade('2'))).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/EOF/) });
  // The release says that it failed, and the cluster has it all the same.
  expect(await states()).toEqual(['1 deployed', '2 failed']);
  expect(message(cluster)).toEqual({ message: '2' });
});

it.each(majors)('helm %i changes nothing for a release that is too large to be kept', async (major) => {
  // What no compression makes smaller.
  const noise = Array.from(
    { length: 30_000 },
    (_, index) => `${Math.sin(index)}${Math.cos(index)}${Math.tan(index)}`,
  );
  await using all = await scene(major, {
    'templates/config.yaml': configMap,
    'files/noise.txt': noise.join('\n'),
  });
  const { cluster, helm, upgrade } = all;
  const ran = await helm(...upgrade('1'));
  expect(ran).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/Secret "sh.helm.release.v1.web.v1" is invalid: data: Too long/),
  });
  expect(cluster.objects({ namespace: 'prod' })).toEqual([]);
});

it.each(majors)('helm %i cannot reach a cluster that is gone', async (major) => {
  const all = await scene(major);
  await all.cluster.close();
  expect(await all.helm(...all.upgrade('1'))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/cluster unreachable.*connection refused/is),
  });
});

it.each(majors)('helm %i may not do what its user may not, and another may', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade } = all;
  const reader = cluster.environment(temporaryFolder('reader'), { user: 'reader' });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
    cluster.fault(
      { user: 'reader', method },
      { kind: 'status', status: 403, message: `reader may not ${method}` },
    );
  expect(await helm(...upgrade('1'))).toMatchObject({ exitCode: 0 });
  const tried = await runTool('helm', major, [...upgrade('2'), '--dry-run=server'], reader);
  expect(tried).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runTool('helm', major, upgrade('2'), reader)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('reader may not POST'),
  });
  expect(message(cluster)).toEqual({ message: '1' });
});

it('helm 4 takes over from helm 3, and says by which way it applies', async () => {
  await using all = await scene(3, {
    'templates/config.yaml': configMap,
    'templates/deployment.yaml': deployment,
  });
  const { cluster, helm, upgrade, states } = all;
  const environment = cluster.environment(temporaryFolder('home'));
  const helm4 = (...args: string[]) => runTool('helm', 4, args, environment);
  await helm(...upgrade('1'));
  expect(await helm4(...upgrade('2'))).toMatchObject({ exitCode: 0, stderr: '' });
  const method = async () =>
    JSON.parse((await helm4('get', 'metadata', 'web', '-n', 'prod', '-o', 'json')).stdout).applyMethod;
  expect(await method()).toBe('csa');
  // What a live edit took over is helm's own again, once the managers are moved.
  expect(await helm4(...upgrade('3', '--server-side=true', '--force-conflicts'))).toMatchObject({
    exitCode: 0,
  });
  expect(await method()).toBe('ssa');
  expect(message(cluster)).toEqual({ message: '3' });
  expect(await helm4(...upgrade('4'))).toMatchObject({ exitCode: 0 });
  expect(await states()).toEqual(['1 superseded', '2 superseded', '3 superseded', '4 deployed']);
  // And helm 3 can still read it.
  expect((await helm('get', 'values', 'web', '-n', 'prod', '-o', 'json')).stdout).toBe('{"message":4}');
});

it('helm 4 meets what somebody else has changed, and takes it back where it is told to', async () => {
  await using all = await scene(4);
  const { cluster, helm, upgrade, states } = all;
  await helm(...upgrade('1'));
  cluster.edit({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace: 'prod' },
    data: { message: 'edited' },
  });
  const refused = await helm(...upgrade('2'));
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('conflict with "kubectl-edit" using v1: .data.message'),
  });
  expect(await states()).toEqual(['1 deployed', '2 failed']);
  expect(await helm(...upgrade('2', '--force-conflicts'))).toMatchObject({ exitCode: 0 });
  expect(message(cluster)).toEqual({ message: '2' });
});

it.each(majors)('helm %i does not take over what is not its own, unless it is told to', async (major) => {
  await using all = await scene(major);
  const { cluster, helm, upgrade } = all;
  cluster.edit({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace: 'prod' },
    data: { message: 'theirs' },
  });
  const wish = upgrade('1');
  expect(await helm(...wish)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('invalid ownership metadata'),
  });
  expect(message(cluster)).toEqual({ message: 'theirs' });
  const force = major === 4 ? ['--force-conflicts'] : [];
  expect(await helm(...wish, '--take-ownership', ...force)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(message(cluster)).toEqual({ message: '1' });
});
