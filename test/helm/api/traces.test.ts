import { expect, it } from 'vitest';
import { configMap, deployment, hookJob, service, writeChart } from '../../support/kubernetes/chart.ts';
import { startKubernetes } from '../../support/kubernetes/kubernetes.ts';
import { majors, runTool } from '../../support/kubernetes/tools.ts';
import { tellTrace, writes } from '../../support/kubernetes/trace.ts';
import { temporaryFolder } from '../../support/leftovers.ts';

const golden = (major: number, name: string) => `./golden/helm${major}-${name}.txt`;

/** A cluster, a chart with one object of each kind and a hook, and helm of that major that must succeed. */
const scene = async (major: (typeof majors)[number]) => {
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  const environment = cluster.environment(temporaryFolder('home'));
  const chart = writeChart({
    'templates/config.yaml': configMap,
    'templates/deployment.yaml': deployment,
    'templates/service.yaml': service,
    'templates/hook.yaml': hookJob,
  });
  const helm = async (...args: string[]) => {
    const ran = await runTool('helm', major, [...args, '-n', 'prod'], environment);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    return ran.stdout;
  };
  return { cluster, environment, chart, helm, [Symbol.asyncDispose]: cluster.close };
};

it.each(majors)('helm %i asks the same from version to version', async (major) => {
  await using all = await scene(major);
  const { cluster, chart, helm } = all;
  const upgrade = ['upgrade', '--install', 'web', chart, '--reset-values', '--set'];
  const acts: readonly (readonly [string, readonly string[]])[] = [
    ['install', [...upgrade, 'message=hello']],
    ['dry-run', [...upgrade, 'message=changed', '--dry-run=server']],
    ['upgrade', [...upgrade, 'message=changed']],
    ['no-change', [...upgrade, 'message=changed']],
    ['wait', [...upgrade, 'message=awaited', '--wait', '--timeout', '20s']],
    ['history', ['history', 'web', '-o', 'json']],
    ['get-manifest', ['get', 'manifest', 'web']],
    ['get-manifest-of', ['get', 'manifest', 'web', '--revision', '1']],
    ['list', ['list', '-o', 'json']],
    ['rollback', ['rollback', 'web', '1']],
    ['uninstall', ['uninstall', 'web']],
  ];
  for (const [name, args] of acts) {
    cluster.forget();
    await helm(...args);
    await expect(tellTrace(cluster.trace())).toMatchFileSnapshot(golden(major, name));
  }
  expect(cluster.objects({ namespace: 'prod' }).map(({ kind }) => kind)).toEqual(['Pod', 'Job']);
});

it.each(majors)('helm %i writes nothing when it is asked to try', async (major) => {
  await using all = await scene(major);
  const { cluster, chart, helm } = all;
  await helm('install', 'web', chart, '--set', 'message=hello');
  cluster.forget();
  await helm('upgrade', '--install', 'web', chart, '--set', 'message=new', '--dry-run=server', '-o', 'json');
  await helm('upgrade', '--install', 'another', chart, '--set', 'message=new', '--dry-run=server');
  expect(cluster.trace().length).toBeGreaterThan(10);
  expect(writes(cluster.trace())).toEqual([]);

  // And what finds no write would find one.
  await helm('upgrade', '--install', 'web', chart, '--set', 'message=new');
  expect(() => expect(writes(cluster.trace())).toEqual([])).toThrow(/POST|PATCH/);
});
