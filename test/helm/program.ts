import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Kubernetes } from '../support/kubernetes/kubernetes.ts';
import { type Major, runTool, toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const main = path.resolve('src/helm/main.ts');
const sha = `${'c0ffee'.repeat(6)}abcd`;

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Told {
  readonly items: readonly {
    readonly address: string;
    readonly action: string;
    readonly before: unknown;
    readonly after: unknown;
    readonly sensitive?: readonly string[];
    readonly unknown?: readonly string[];
    readonly reasons?: readonly string[];
  }[];
  readonly changes: Readonly<Record<string, number>>;
  readonly runs: readonly { readonly address: string; readonly event: string }[];
  readonly blocked: readonly string[];
  readonly warnings: readonly string[];
  readonly unpredictable: readonly string[];
  readonly unseen: readonly string[];
  readonly deterministic: boolean;
  readonly verified: boolean;
  readonly base: { readonly value: string } | null;
  readonly target: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
}

/** One project: a folder with a chart, and a release in a cluster, driven through the program as Tidegate drives it. */
export const projectOn = (
  cluster: Kubernetes,
  major: Major,
  folder: string,
  settings: Readonly<Record<string, unknown>> = {},
) => {
  const given = cluster.environment(temporaryFolder('home'));
  let planDir = '';
  const run = async (
    phase: string,
    more: Readonly<Record<string, unknown>> = {},
    environment: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Ended> => {
    if (phase !== 'apply') planDir = temporaryFolder('plan');
    const { exitCode, stdout, stderr } = await execa(process.execPath, [main, phase], {
      cwd: folder,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      env: {
        KUBECONFIG: given['KUBECONFIG'] ?? '',
        PATH: `${toolsOf(major)}:/usr/bin:/bin`,
        TIDEGATE_PHASE: phase,
        TIDEGATE_REPOSITORY: 'acme/shop',
        TIDEGATE_PULL: '7',
        TIDEGATE_SHA: sha,
        TIDEGATE_DIR: 'web',
        TIDEGATE_PLAN_DIR: planDir,
        TIDEGATE_TRUSTED: 'yes',
        TIDEGATE_WITH: JSON.stringify({
          namespace: 'prod',
          context: 'test',
          timeout: '20s',
          ...settings,
          ...more,
        }),
        ...environment,
      },
      ...(signal === undefined ? {} : { cancelSignal: signal, killSignal: 'SIGINT' as const }),
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  };
  return {
    run,
    /** The plan folder of the last plan. */
    planDir: () => planDir,
    summary: (): Told => JSON.parse(readFileSync(path.join(planDir, 'summary.json'), 'utf8')),
    hasSummary: (): boolean => existsSync(path.join(planDir, 'summary.json')),
    /** Somebody at a keyboard. */
    helm: (...args: readonly string[]) =>
      runTool('helm', major, [...args, '-n', 'prod', '--kube-context', 'test'], given, { cwd: folder }),
    sha,
  };
};
export type Project = ReturnType<typeof projectOn>;

/** `create core/ConfigMap/prod/web` for each item. */
export const told = (project: Project): readonly string[] =>
  project.summary().items.map(({ action, address }) => `${action} ${address}`);
