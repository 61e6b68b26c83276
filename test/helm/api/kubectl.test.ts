import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterOptions } from '../../../src/cluster/cluster.ts';
import type { JsonMap } from '../../../src/cluster/json.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { type Major, majors, runTool } from '../../support/kubernetes/tools.ts';
import { tellTrace, writes } from '../../support/kubernetes/trace.ts';
import { temporaryFolder } from '../../support/leftovers.ts';
import { config } from './ask.ts';

const scene = async (major: Major, options: Partial<ClusterOptions> = {}) => {
  const cluster = await startKubernetes({ namespaces: ['prod'], ...options });
  const home = temporaryFolder('home');
  const environment = cluster.environment(home);
  const kubectl = (...args: string[]) => runTool('kubectl', major, args, environment);
  /** Writes a manifest. */
  const given = (...objects: readonly JsonMap[]): string => {
    const file = path.join(home, 'render.yaml');
    writeFileSync(file, objects.map((object) => stringify(object, { version: '1.1' })).join('---\n'));
    return file;
  };
  const diff = (...objects: readonly JsonMap[]) =>
    kubectl('diff', '--server-side', '--field-manager=helm', '-n', 'prod', '-f', given(...objects));
  return { cluster, kubectl, given, diff, [Symbol.asyncDispose]: cluster.close };
};

it.each(majors)('kubectl beside helm %i gets what is there', async (major) => {
  await using all = await scene(major);
  const { cluster, kubectl } = all;
  cluster.edit(config({ a: '1' }));
  const got = await kubectl('get', 'cm', 'web', '-n', 'prod', '-o', 'json');
  expect(JSON.parse(got.stdout)).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
  expect((await kubectl('get', 'configmaps', '-A', '-o', 'name')).stdout).toBe('configmap/web');
  expect(await kubectl('get', 'cm', 'gone', '-n', 'prod')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('configmaps "gone" not found'),
  });
  const uid = await kubectl('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
  expect(uid.stdout).toBe(cluster.uid);
  expect((await kubectl('get', 'deploy,svc,cm', '-n', 'prod')).stdout).toContain('web');
});

it.each(majors)('kubectl beside helm %i says what would differ, and writes nothing', async (major) => {
  await using all = await scene(major);
  const { cluster, kubectl, given, diff } = all;
  expect(
    await kubectl('apply', '--server-side', '--field-manager=helm', '-f', given(config({ a: '1' }))),
  ).toMatchObject({ exitCode: 0, stdout: 'configmap/web serverside-applied' });
  cluster.forget();
  expect(await diff(config({ a: '1' }))).toMatchObject({ exitCode: 0, stdout: '' });
  const changed = await diff(config({ a: '2' }), config({ new: 'yes' }, 'another'));
  expect(changed).toMatchObject({ exitCode: 1, stderr: '' });
  expect(changed.stdout).toMatch(/^-\s+a: "1"$/m);
  expect(changed.stdout).toMatch(/^\+\s+a: "2"$/m);
  expect(changed.stdout).toMatch(/^\+\s+new: "yes"$/m);
  expect(writes(cluster.trace())).toEqual([]);
  await expect(tellTrace(cluster.trace())).toMatchFileSnapshot(`./golden/kubectl${major}-diff.txt`);

  // And a real one is seen.
  await kubectl('apply', '--server-side', '--field-manager=helm', '-f', given(config({ a: '2' })));
  expect(writes(cluster.trace())).toMatchObject([{ method: 'PATCH', status: 200 }]);
});

it.each(majors)('kubectl beside helm %i sees live edits, conflicts and webhooks in a diff', async (major) => {
  await using all = await scene(major, {
    admission: (object) =>
      object.kind === 'ConfigMap'
        ? { ...object, metadata: { ...object.metadata, labels: { team: 'x' } } }
        : object,
  });
  const { cluster, kubectl, given, diff } = all;
  await kubectl('apply', '--server-side', '--field-manager=helm', '-f', given(config({ a: '1' })));
  // The label of the webhook is there, and no difference.
  expect(await diff(config({ a: '1' }))).toMatchObject({ exitCode: 0 });
  cluster.edit(config({ a: 'edited' }));
  const conflict = await diff(config({ a: '1' }));
  expect(conflict.exitCode).toBeGreaterThan(1);
  expect(conflict.stderr).toContain('conflict with "kubectl-edit" using v1: .data.a');
  const forced = await kubectl(
    ...[
      'diff',
      '--server-side',
      '--field-manager=helm',
      '--force-conflicts',
      '-f',
      given(config({ a: '1' })),
    ],
  );
  expect(forced.exitCode).toBe(1);
  expect(forced.stdout).toMatch(/^-\s+a: edited$/m);
});

it.each(majors)('kubectl beside helm %i applies, patches and deletes as its own self', async (major) => {
  await using all = await scene(major);
  const { cluster, kubectl, given } = all;
  const ok = async (...args: string[]) =>
    expect(await kubectl(...args, '-n', 'prod')).toMatchObject({ exitCode: 0 });
  await ok('apply', '-f', given(config({ a: '1', b: '1' })));
  await ok('apply', '-f', given(config({ a: '2' })));
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { a: '2' } });
  expect(cluster.object('ConfigMap', 'prod', 'web')?.['data']).not.toHaveProperty('b');
  await ok('patch', 'cm', 'web', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"3"}]');
  await ok('label', 'cm', 'web', 'team=x');
  expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({
    data: { c: '3' },
    metadata: { labels: { team: 'x' } },
  });
  await ok('delete', 'cm', 'web');
  expect(cluster.object('ConfigMap', 'prod', 'web')).toBeNull();
});
