/** Charts that come from elsewhere: a repository with an index, a registry of OCI, and dependencies that live there. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configMap, writeChart } from '../support/kubernetes/chart.ts';
import { type ChartServer, startChartServer } from '../support/kubernetes/chart-server.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors, runTool, toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { tellStory } from '../support/story.ts';
import { projectOn, told } from './program.ts';

const chart = (message: string) => ({
  'templates/map.yaml': configMap,
  'values.yaml': `message: ${message}\n`,
});

/** Where the chart `web` is, as a project says it. */
const places = {
  repository: ({ repository }: ChartServer) => ({ chart: 'web', repo: repository }),
  registry: ({ registry }: ChartServer) => ({ chart: `${registry}/web` }),
};
const ways = ['repository', 'registry'] as const;

const scene = async () => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const server = await startChartServer();
  return {
    cluster,
    server,
    /** An authority of one's own is the operator's to give, as to any program that is written in Go. */
    environment: { SSL_CERT_FILE: server.caFile },
    [Symbol.asyncDispose]: async () => {
      await cluster.close();
      await server.close();
    },
  };
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.for(majors.flatMap((major) => ways.map((way) => [major, way] as const)))(
  'a chart, Helm %i, of a %s',
  ([major, way]) => {
    test('is settled by the plan: what comes under the same version later is not applied', async () => {
      await using all = await scene();
      const { cluster, server, environment } = all;
      const archive = await server.publish(chart('one'));
      await server.publish(chart('older'), { version: '0.9.0' });
      const project = projectOn(cluster, major, writeChart({}), {
        ...places[way](server),
        version: '~1.0',
        values: [],
      });
      const planned = await project.run('plan', {}, environment);
      expect(planned, planned.stderr).toMatchObject({ exitCode: 2 });
      expect(told(project)).toEqual(['create core/ConfigMap/prod/web']);
      const { facts } = project.summary();
      expect(facts).toMatchObject({ 'chart sha256': sha256(archive), chart: 'web 1.0.0' });
      const manifest = server.asked.find((one) => /manifests\/sha256/.test(one));
      if (way === 'registry') expect(facts['oci digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
      else expect(manifest).toBeUndefined();

      // The tag is moved, and a newer version fits the range.
      const other = await server.publish(chart('two'));
      await server.publish(chart('three'), { version: '1.0.5' });
      const applied = await project.run('apply', {}, environment);
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({ data: { message: 'one' } });

      // The next plan sees them.
      expect(await project.run('plan', { version: '1.0.0' }, environment)).toMatchObject({ exitCode: 2 });
      expect(project.summary().facts).toMatchObject({ 'chart sha256': sha256(other) });
      expect(project.summary().facts['oci digest'] ?? 'none').not.toBe(facts['oci digest']);
      expect(await project.run('plan', {}, environment)).toMatchObject({ exitCode: 2 });
      expect(project.summary().facts).toMatchObject({ chart: 'web 1.0.5' });
    });

    test('that cannot be had is an error that says so, and is tried again only where waiting may help', async () => {
      await using all = await scene();
      const { cluster, server, environment } = all;
      await server.publish(chart('one'));
      const project = projectOn(cluster, major, writeChart({}), { ...places[way](server), version: '1.0.0' });
      const refused = async (
        exitCode: number,
        settings = {},
        given: Record<string, string> = environment,
      ) => {
        const ended = await project.run('plan', settings, given);
        expect(ended.stderr).toMatch(/^The chart \S+ could not be fetched: /);
        expect(ended, ended.stderr).toMatchObject({ exitCode });
        expect(project.hasSummary()).toBe(false);
      };
      await refused(1, { version: '7.0.0' });
      // Nobody vouches for its certificate. Helm 3 asks for none of a registry on localhost.
      if (major === 4 || way === 'repository') await refused(1, {}, {});
      server.refuse(401);
      await refused(1);
      await server.close();
      await refused(75);
    });
  },
);

describe.for(majors)('dependencies that live elsewhere, Helm %i', (major) => {
  test('are fetched as Chart.lock says, and told by their digests', async () => {
    await using all = await scene();
    const { cluster, server, environment } = all;
    const part = (name: string) => ({
      'templates/part.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`,
    });
    const archives = {
      'charts/left-1.0.0.tgz': await server.publish(part('left'), { name: 'left' }),
      'charts/right-1.0.0.tgz': await server.publish(part('right'), { name: 'right' }),
    };
    const folder = writeChart({ 'templates/map.yaml': configMap, 'values.yaml': 'message: hello\n' });
    const wanted = `apiVersion: v2
name: web
version: 1.0.0
dependencies:
  - { name: left, version: ~1.0.0, repository: "${server.repository}" }
  - { name: right, version: 1.0.0, repository: "${server.registry}" }
`;
    writeFileSync(path.join(folder, 'Chart.yaml'), wanted);
    const project = projectOn(cluster, major, folder);
    const updated = await runTool('helm', major, ['dependency', 'update', folder], {
      ...environment,
      HOME: temporaryFolder('home'),
    });
    expect(updated, updated.stderr).toMatchObject({ exitCode: 0 });
    rmSync(path.join(folder, 'charts'), { recursive: true });

    const planned = await project.run('plan', {}, environment);
    expect(planned, planned.stderr).toMatchObject({ exitCode: 2 });
    expect(told(project)).toEqual([
      'create core/ConfigMap/prod/left',
      'create core/ConfigMap/prod/right',
      'create core/ConfigMap/prod/web',
    ]);
    expect(project.summary().facts).toMatchObject(
      Object.fromEntries(Object.entries(archives).map(([name, bytes]) => [name, sha256(bytes)])),
    );

    // Helm makes the digest of a lock of what both files say: whoever writes the one can write the other.
    const lock = path.join(folder, 'Chart.lock');
    const said = readFileSync(lock, 'utf8');
    writeFileSync(lock, said.replace(server.repository, 'https://elsewhere.example/charts'));
    rmSync(path.join(folder, 'charts'), { recursive: true });
    expect(await project.run('plan', {}, environment)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Chart.lock takes left from https://elsewhere.example/charts'),
    });
    writeFileSync(lock, said);
    await server.close();
    expect(await project.run('plan', {}, environment)).toMatchObject({
      exitCode: 75,
      stderr: expect.stringContaining(server.repository),
    });
  });
});

test('whose tag was moved after the plan is planned again instead of applied', async () => {
  await using all = await scene();
  const { cluster, server, environment } = all;
  await server.publish(chart('one'));
  const said = (version: string) => `version: 1
projects:
  - { dir: shop, runner: helm, with: { namespace: prod, context: test, chart: ${server.registry}/web, version: ${version} } }
`;
  await using story = await tellStory({
    files: () => ({ 'tidegate.yaml': said('0.9.0'), 'shop/README.md': 'one' }),
    operator: `env: { plan: [KUBECONFIG, SSL_CERT_FILE], apply: [KUBECONFIG, SSL_CERT_FILE] }
trust: { charts: { allow: ["${new URL(server.repository).host}/charts/*"] } }
`,
    environment: {
      ...environment,
      PATH: `${toolsOf(4)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: cluster.environment(temporaryFolder('home'))['KUBECONFIG'],
    },
  });
  const { ada } = story;
  await ada.push('newer', { 'tidegate.yaml': said('1.0.0') }, 'Newer');
  await ada.openPull('newer', 'Newer');
  await story.settled();
  expect(await story.board(1)).toMatch(/data\.message += "one"/);
  await server.publish(chart('two'));
  await ada.comment(1, '/apply');
  await story.settled();
  expect(cluster.objects({ kind: 'ConfigMap', namespace: 'prod' })).toEqual([]);
  expect(await story.board(1)).toMatch(/data\.message += "two"/);
  await ada.comment(1, '/apply');
  await story.settled();
  expect(await story.board(1)).toContain('✓ applied');
  expect(cluster.object('ConfigMap', 'prod', 'shop')).toMatchObject({ data: { message: 'two' } });
});
