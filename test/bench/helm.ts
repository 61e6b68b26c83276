import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, majors, toolsOf } from '../support/kubernetes/tools.ts';
import { type Figure, figure, median } from './figure.ts';
import { buildImage } from './image.ts';

const rounds = 5;
/** Each brings three objects. */
const parts = 20;

const part = (index: number): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: part-${index}
data:
  message: {{ .Values.message | quote }}
---
apiVersion: v1
kind: Service
metadata:
  name: part-${index}
spec:
  selector:
    app: part-${index}
  ports:
    - name: http
      port: 80
      targetPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: part-${index}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: part-${index}
  template:
    metadata:
      labels:
        app: part-${index}
    spec:
      containers:
        - name: web
          image: registry.example/web:1
          env:
            - name: MESSAGE
              value: {{ .Values.message | quote }}
`;

const chartFiles = (): Readonly<Record<string, string>> => ({
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'values.yaml': 'message: one\n',
  'changed.yaml': 'message: two\n',
  ...Object.fromEntries(
    Array.from({ length: parts }, (_, index) => [`templates/part-${index}.yaml`, part(index)]),
  ),
});

/**
 * What a person runs to know what an upgrade would do, without a plugin, one after the other: where the release stands, what it is made of,
 * what it would be, twice, since once says nothing of what is made anew each time, and what is in the cluster.
 */
const byHand = `set -eu
  helm version --template '{{.Version}}' > version
  helm show crds . > crds.yaml
  helm list -n prod --kube-context test --filter '^web$' --deployed --failed --pending --superseded --uninstalling --uninstalled -o json > list.json
  helm history web -n prod --kube-context test --max 256 -o json > history.json
  helm get metadata web -n prod --kube-context test -o json > metadata.json
  helm get manifest web -n prod --kube-context test --revision 1 > manifest.yaml
  helm get hooks web -n prod --kube-context test --revision 1 > hooks.yaml
  for render in 1 2; do
    helm upgrade web . --install -n prod --kube-context test --reset-values -f changed.yaml --dry-run=server -o json > "render-$render.json"
  done
  kubectl --context test get namespace kube-system -o json > cluster.json
  kubectl --context test get namespace prod -o json > namespace.json
  kubectl --context test -n prod diff --server-side --force-conflicts --field-manager=helm -f manifest.yaml > diff.txt || test $? = 1
`;

const measure = async (clock: Clock, major: Major, folder: string, main: string): Promise<number> => {
  const at = (name: string): string => {
    mkdirSync(path.join(folder, name), { recursive: true });
    return path.join(folder, name);
  };
  const chart = at(`checkout-${major}/web`);
  at(`checkout-${major}/web/templates`);
  for (const [name, text] of Object.entries(chartFiles())) writeFileSync(path.join(chart, name), text);
  const cluster = await startKubernetes({ namespaces: ['prod'] });
  try {
    const given = cluster.environment(at(`home-${major}`));
    const env = { ...given, PATH: `${toolsOf(major)}:/usr/bin:/bin` };
    const options = { cwd: chart, extendEnv: false, stdin: 'ignore' } as const;
    await execa(
      path.join(toolsOf(major), 'helm'),
      ['install', 'web', '.', '-n', 'prod', '--kube-context', 'test'],
      { ...options, env },
    );
    const times = { hand: [] as number[], own: [] as number[] };
    const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
      const start = clock.monotonic();
      await work();
      into.push(clock.monotonic() - start);
    };
    for (let round = 0; round < rounds; round += 1) {
      const hand = () => timed(times.hand, () => execa('sh', ['-c', byHand], { ...options, env }));
      const planDir = at(`plan-${major}-${round}`);
      const own = () =>
        timed(times.own, async () => {
          const told = {
            KUBECONFIG: given['KUBECONFIG'] ?? '',
            PATH: env.PATH,
            TIDEGATE_PHASE: 'plan',
            TIDEGATE_DIR: 'web',
            TIDEGATE_PLAN_DIR: planDir,
            TIDEGATE_TRUSTED: 'yes',
            TIDEGATE_WITH: JSON.stringify({ namespace: 'prod', context: 'test', values: ['changed.yaml'] }),
          };
          const { exitCode, stderr } = await execa(process.execPath, [main, 'plan'], {
            ...options,
            env: told,
            reject: false,
          });
          if (exitCode !== 2) throw new Error(`the program ended with ${exitCode}: ${stderr}`);
        });
      // Who goes first changes, so that whatever drifts hits both.
      for (const way of round % 2 === 0 ? [hand, own] : [own, hand]) await way();
    }
    return median(times.own) / median(times.hand);
  } finally {
    await cluster.close();
  }
};

/** A plan of a release of 60 objects by the program that the runner is, against the commands by hand, with real Helm of both majors. */
export const run = async function* (): AsyncIterable<Figure> {
  await execa('bash', ['test/tools/helm/bring'], { stdout: 'ignore', stderr: 'inherit' });
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  try {
    const image = path.dirname(await buildImage(path.join(folder, 'image')));
    for (const major of majors)
      yield figure({
        bench: 'helm',
        case: `helm ${major}`,
        value: await measure(createSystemClock(), major, folder, path.join(image, 'helm/main.js')),
        unit: 'ratio',
        aim: { op: '<=', limit: 1.2 },
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
